import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** This checkout; others are measured beside it. */
export const here = fileURLToPath(new URL('../..', import.meta.url));

/** The flags that a checkout's command runs Node.js with. The launcher is where they are chosen; once it was the Dockerfile. */
export function productionFlags(checkout = here): string[] {
  const launcher = join(checkout, 'lib/launcher.ts');
  const source = readFileSync(existsSync(launcher) ? launcher : join(checkout, 'Dockerfile'), 'utf8');
  const [, words = ''] = /^(?:const flags =|ENTRYPOINT) \[(.*)\];?$/m.exec(source) ?? [];
  return words
    .split(', ')
    .map((word) => word.slice(1, -1))
    .filter((word) => word.startsWith('--'));
}

/** The variables that this checkout's command sets for Node.js. */
export function productionEnvironment(): Readonly<Record<string, string>> {
  const source = readFileSync(join(here, 'lib/launcher.ts'), 'utf8');
  const [, variables = ''] = /^const environment = \{(.*)\};$/m.exec(source) ?? [];
  return Object.fromEntries(
    [...variables.matchAll(/(\w+): '(\w+)'/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

/** Builds the bundle that the image holds into a folder, which may go afterwards; returns its entry point. */
export async function productionEntry(folder: string, checkout = here): Promise<string> {
  const { bundle } = (await import(pathToFileURL(join(checkout, 'deploy/bundle.ts')).href)) as {
    bundle: (options: { folder: string }) => Promise<unknown>;
  };
  await bundle({ folder });
  return join(folder, 'main.js');
}
