#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { memoryLimit } from './memory-limit.ts';

/**
 * The command, of npm and of the image: the program under these flags. The size of the young generation can't be
 * changed once Node.js runs, so the process is replaced; without the flags it takes twice the memory. Garbage is
 * collected early rather than kept: chosen with npm run bench. No inspector on SIGUSR1. And no more of glibc's malloc
 * than Alpine's takes: one arena, not one for each thread, and blocks of 128 KiB and more returned as they are freed.
 */
const flags = ['--disable-sigusr1', '--max-semi-space-size=4', '--heap-growing-percent=50'];
const environment = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072' };
const program = new URL('main.js', import.meta.url);

/**
 * MiB of old objects that fit into a memory limit beside all else: code, young objects, buffers. Left to itself V8 takes
 * 256 MiB for the least there is, and the kernel ends the process long before garbage is short. Below 24 the agent
 * does not work.
 */
function heapFlags(): string[] {
  const limit = memoryLimit();
  return limit === undefined ? [] : [`--max-old-space-size=${Math.max(24, Math.floor(limit / 2 ** 20) - 36)}`];
}

if (process.platform !== 'win32' && process.execve !== undefined) {
  const args = [...flags, ...heapFlags(), fileURLToPath(program), ...process.argv.slice(2)];
  process.execve(process.execPath, [process.execPath, ...args], { ...environment, ...process.env });
} else {
  await import(program.href);
}
