import { readFileSync, readdirSync } from 'node:fs';

/** What the kernel says of a process. */
export interface Usage {
  /** Milliseconds in user and kernel mode. */
  readonly cpu: number;
  /** Private memory in MB: what would come free if the process ended. */
  readonly privateMemory: number;
  readonly openFiles: number;
}

/** The kernel counts in ticks of 10 ms, so take many runs between two readings. */
const millisecondsPerTick = 10;

/** Reads /proc; throws when the process has ended. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is a name in parentheses that may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].reduce(
    (sum, [, size]) => sum + Number(size),
    0,
  );
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) * millisecondsPerTick,
    privateMemory: kilobytes / 1024,
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** Milliseconds of CPU of the threads that a process has now, to the nanosecond. */
export function cpuOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return times.reduce((sum, time) => sum + Number(time), 0) / 1e6;
}
