import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './process.ts';

/** The commands of Alpine's base, in a folder of their own. */
export interface Busybox {
  /** Its shell, and a PATH that leads to nothing but its commands. */
  readonly shell: string;
  readonly path: string;
  remove(): void;
}

export async function installBusybox(): Promise<Busybox> {
  const path = mkdtempSync(join(tmpdir(), 'busybox-'));
  await run('busybox', ['--install', '-s', path]);
  return { shell: join(path, 'sh'), path, remove: () => rmSync(path, { recursive: true }) };
}
