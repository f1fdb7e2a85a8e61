#!/usr/bin/env node
import { fileURLToPath } from 'node:url';

/**
 * What npm installs as the command: the program under the flags of the image. The size of the young generation can't
 * be changed once Node.js runs, so the process is replaced; without the flags it takes twice the memory.
 */
const flags = ['--disable-sigusr1', '--max-semi-space-size=2', '--heap-growing-percent=50'];
const program = new URL('main.js', import.meta.url);

if (process.platform !== 'win32' && process.execve !== undefined) {
  const args = [...flags, fileURLToPath(program), ...process.argv.slice(2)];
  process.execve(process.execPath, [process.execPath, ...args]);
} else {
  await import(program.href);
}
