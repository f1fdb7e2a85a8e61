import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** This checkout; others are measured beside it. */
export const here = fileURLToPath(new URL('../..', import.meta.url));

/** The flags that the image of a checkout runs Node.js with; its Dockerfile is where they are chosen. */
export function productionFlags(checkout = here): string[] {
  const [, entryPoint = '[]'] = /^ENTRYPOINT (.*)$/m.exec(readFileSync(join(checkout, 'Dockerfile'), 'utf8')) ?? [];
  return (JSON.parse(entryPoint) as string[]).filter((word) => word.startsWith('--'));
}

/** Builds the bundle that the image holds into a folder, which may go afterwards; returns its entry point. */
export async function productionEntry(folder: string, checkout = here): Promise<string> {
  const { bundle } = (await import(pathToFileURL(join(checkout, 'deploy/bundle.ts')).href)) as {
    bundle: (options: { folder: string }) => Promise<unknown>;
  };
  await bundle({ folder });
  return join(folder, 'main.js');
}
