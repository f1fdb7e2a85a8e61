import type { ContainerStats } from '../docker/api.ts';
import { unsignedNumber } from '../docker/json-values.ts';
import type { DeviceFacts, ResourceFacts } from './facts.ts';

/** Units of 100 ns in a second, in which Windows counts CPU time. */
const ticksPerSecond = 1e7;

/** The name in place of a device's number: Windows does not tell devices apart. */
const storage = 'storage';

type WindowsFacts = Pick<
  ResourceFacts,
  | Exclude<Extract<keyof ResourceFacts, `cpu${string}`>, 'cpuUsageByCpu'>
  | 'memoryUsage'
  | 'memoryMaxUsage'
  | 'memoryWorkingSet'
  | 'devices'
>;

/** Whether the answer is about a Windows container: elsewhere there are none of these fields, and `num_procs` is 0. */
export function isOfWindows({ memory_stats: memory, num_procs: processors = 0 }: ContainerStats): boolean {
  if (memory?.commitbytes !== undefined || memory?.privateworkingset !== undefined) return true;
  return processors > 0 && memory?.usage === undefined;
}

/**
 * What a Windows container has under other names or in other units. Its counts of reads and writes are in normalized
 * units and are left out, and it has no limit of memory.
 */
export function windowsFigures({ cpu_stats, memory_stats, storage_stats }: ContainerStats): WindowsFacts {
  const usage = cpu_stats?.cpu_usage;
  return {
    cpuUsage: seconds(usage?.total_usage),
    cpuSystem: seconds(usage?.usage_in_kernelmode),
    cpuUser: seconds(usage?.usage_in_usermode),
    cpuPeriods: undefined,
    cpuThrottledPeriods: undefined,
    cpuThrottledTime: undefined,
    memoryUsage: unsignedNumber(memory_stats?.commitbytes),
    memoryMaxUsage: unsignedNumber(memory_stats?.commitpeakbytes),
    memoryWorkingSet: unsignedNumber(memory_stats?.privateworkingset),
    devices: devices(storage_stats),
  };
}

function seconds(ticks: unknown): number | undefined {
  const value = unsignedNumber(ticks);
  return value === undefined ? undefined : value / ticksPerSecond;
}

function devices(section: ContainerStats['storage_stats']): DeviceFacts[] {
  const readBytes = unsignedNumber(section?.read_size_bytes);
  const writeBytes = unsignedNumber(section?.write_size_bytes);
  if (readBytes === undefined && writeBytes === undefined) return [];
  return [{ name: storage, readBytes, writeBytes, reads: undefined, writes: undefined }];
}
