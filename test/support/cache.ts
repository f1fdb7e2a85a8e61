import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where something that takes minutes to build is kept between runs. */
export function cachedPath(name: string): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, 'docker-stats-exporter', name);
}

/** Builds what is kept at a path, unless that was done. `build` gets a scratch folder and resolves to what to keep of it. */
export async function buildCached(path: string, build: (scratch: string) => Promise<string>): Promise<void> {
  if (existsSync(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const scratch = await mkdtemp(`${path}.`);
  try {
    await rename(await build(scratch), path);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
