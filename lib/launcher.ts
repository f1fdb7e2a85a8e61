#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { heapFlag, memoryLimit } from './memory-limit.ts';
import { whyTooOld } from './node-version.ts';

/**
 * The command, of npm and of the image: the program under these flags. The size of the young generation can't be
 * changed once Node.js runs, so the process is replaced; without the flags it takes twice the memory. Garbage is
 * collected early rather than kept, by two threads beside the main one rather than four: chosen with npm run bench. No
 * inspector on SIGUSR1. And no more of glibc's malloc than Alpine's takes: one arena, not one for each thread, and
 * blocks of 128 KiB and more returned as they are freed.
 */
const flags = ['--disable-sigusr1', '--max-semi-space-size=2', '--heap-growing-percent=50', '--v8-pool-size=2'];
const environment = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072' };
const program = new URL('main.js', import.meta.url);

/** Of package.json; the bundler puts it here. */
const tooOld = whyTooOld(process.versions.node, process.env.BUILD_NODE_RANGE ?? '');

if (tooOld !== undefined) {
  process.stderr.write(`${tooOld}\n`);
  process.exitCode = 1;
} else if (process.platform !== 'win32' && process.execve !== undefined) {
  const limit = memoryLimit();
  const heapFlags = limit === undefined ? [] : [heapFlag(limit)];
  const args = [...flags, ...heapFlags, fileURLToPath(program), ...process.argv.slice(2)];
  process.execve(process.execPath, [process.execPath, ...args], { ...environment, ...process.env });
} else {
  await import(program.href);
}
