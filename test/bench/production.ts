import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../../deploy/bundle.ts';

const dockerfile = new URL('../../Dockerfile', import.meta.url);

/** The flags that the image runs Node.js with; the Dockerfile is where they are chosen. */
export function productionFlags(): string[] {
  const [, entryPoint = '[]'] = /^ENTRYPOINT (.*)$/m.exec(readFileSync(dockerfile, 'utf8')) ?? [];
  return (JSON.parse(entryPoint) as string[]).filter((word) => word.startsWith('--'));
}

/** Builds the bundle that the image holds into a folder, which may go afterwards; returns its entry point. */
export async function productionEntry(folder: string): Promise<string> {
  await bundle({ folder });
  return join(folder, 'main.js');
}
