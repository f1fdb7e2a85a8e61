import { readFileSync, readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import type { ReloadFacts } from '../config/reload.ts';

/** The exporter's own process. Undefined where the platform does not tell. */
export interface ProcessFacts {
  /** Seconds in user and kernel mode. */
  readonly cpu: number;
  /** Bytes. */
  readonly residentMemory: number | undefined;
  readonly virtualMemory: number | undefined;
  readonly openFiles: number | undefined;
  readonly maxOpenFiles: number | undefined;
  /** Seconds from asking for a turn of the event loop to having it. */
  readonly eventLoopLag: number;
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly external: number;
}

/** What the exporter tells of itself. */
export interface SelfFacts {
  readonly reload: ReloadFacts;
  /** Undefined when switched off. */
  readonly process: ProcessFacts | undefined;
}

/** Unix seconds. */
export const processStartedAt = Math.round(performance.timeOrigin) / 1000;

export async function readProcess(): Promise<ProcessFacts> {
  const asked = performance.now();
  await nextTurn();
  const eventLoopLag = (performance.now() - asked) / 1000;
  const { user, system } = process.cpuUsage();
  const heap = getHeapStatistics();
  return {
    cpu: (user + system) / 1e6,
    residentMemory: ifReadable(() => process.memoryUsage.rss()),
    virtualMemory: numberIn('status', /^VmSize:\s+(\d+) kB$/m, 1024),
    openFiles: ifReadable(() => readdirSync('/proc/self/fd').length),
    maxOpenFiles: maxOpenFiles(),
    eventLoopLag,
    heapUsed: heap.used_heap_size,
    heapTotal: heap.total_heap_size,
    external: heap.external_memory,
  };
}

/** File descriptors that the process may have; undefined where the platform does not tell, or sets no limit. */
export function maxOpenFiles(): number | undefined {
  return numberIn('limits', /^Max open files\s+(\d+)/m);
}

/** A number in a file of /proc/self; undefined where there is none, as everywhere but on Linux. */
function numberIn(file: string, pattern: RegExp, factor = 1): number | undefined {
  const [, digits] = pattern.exec(ifReadable(() => readFileSync(`/proc/self/${file}`, 'utf8')) ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits) * factor;
}

/** What is read from files, which can't be opened either while the process has as many open as it may. */
function ifReadable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
