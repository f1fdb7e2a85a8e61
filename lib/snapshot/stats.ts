import type { BlockIoEntry, ContainerStats, InterfaceStats } from '../docker/api.ts';
import { EngineError } from '../docker/errors.ts';
import { unixSeconds } from '../inventory/inspection.ts';
import type { DeviceFacts, Capability, InterfaceFacts, ResourceFacts } from './facts.ts';
import { unsignedNumber, isObject, nonEmptyString } from '../docker/json-values.ts';
import { isOfWindows, windowsFigures } from './windows-stats.ts';

/**
 * Reads a stats answer of Docker on cgroup v1, v2 or Windows, or of Podman.
 * Undefined when it says that the container does not run: an empty body, `{}`, or a `read` time of year 1.
 * Throws an EngineError when it is no stats answer at all.
 */
export function parseStats(answer: unknown): ResourceFacts | undefined {
  if (answer === undefined) return undefined;
  if (!isObject(answer)) throw notStats();
  if (Object.keys(answer).length === 0) return undefined;
  const stats: ContainerStats = answer;
  if (typeof stats.read !== 'string') throw notStats();
  if (stats.read.startsWith('0001-01-01')) return undefined;
  return {
    readAt: unixSeconds(stats.read),
    ...memory(stats.memory_stats),
    ...cpu(stats.cpu_stats),
    pids: measured(stats.pids_stats?.current),
    interfaces: interfaces(stats.networks),
    devices: devices(stats.blkio_stats),
    capabilities: reported(stats),
    ...(isOfWindows(stats) ? windowsFigures(stats) : {}),
  };
}

/** What every process that runs has some of: where it is 0, nobody measured it. */
function measured(value: unknown): number | undefined {
  return unsignedNumber(value) || undefined;
}

type CpuFacts = Pick<ResourceFacts, Extract<keyof ResourceFacts, `cpu${string}`>>;

function cpu(section: ContainerStats['cpu_stats']): CpuFacts {
  const isMeasured = section?.cpu_usage?.total_usage !== 0;
  const { cpu_usage: usage, throttling_data: throttling } = isMeasured ? { ...section } : {};
  return {
    cpuUsage: seconds(usage?.total_usage),
    cpuUsageByCpu: usageByCpu(usage?.percpu_usage),
    cpuSystem: seconds(usage?.usage_in_kernelmode),
    cpuUser: seconds(usage?.usage_in_usermode),
    cpuPeriods: unsignedNumber(throttling?.periods),
    cpuThrottledPeriods: unsignedNumber(throttling?.throttled_periods),
    cpuThrottledTime: seconds(throttling?.throttled_time),
  };
}

function notStats(): EngineError {
  return new EngineError('malformed', 'stats: unexpected response shape');
}

/** Nanoseconds to seconds. One division, so the result is the double nearest to the exact value. */
function seconds(nanoseconds: unknown): number | undefined {
  const value = unsignedNumber(nanoseconds);
  return value === undefined ? undefined : value / 1e9;
}

/** Engines write an empty list or null where they know no split. */
function usageByCpu(nanoseconds: unknown): ResourceFacts['cpuUsageByCpu'] {
  if (!Array.isArray(nanoseconds) || nanoseconds.length === 0) return undefined;
  return nanoseconds.map(seconds);
}

type MemoryDetail = Readonly<Record<string, unknown>>;

/**
 * The first figure of the kernel's memory.stat that is there. The `total_` keys of cgroup v1 hold the whole subtree, the
 * plain ones only the cgroup itself; cgroup v2 has plain ones, and other names for some.
 */
function figure(detail: MemoryDetail, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = unsignedNumber(detail[key]);
    if (value !== undefined) return value;
  }
  return undefined;
}

type MemoryFacts = Pick<
  ResourceFacts,
  Extract<keyof ResourceFacts, `memory${string}`> | 'pageFaults' | 'majorPageFaults'
>;

/** Working set as `docker stats` and the kubelet reckon it: usage without the file pages that the kernel can drop at once. */
function memory(section: ContainerStats['memory_stats']): MemoryFacts {
  const detail = section?.stats ?? {};
  const usage = measured(section?.usage);
  const inactive = figure(detail, 'total_inactive_file', 'inactive_file');
  return {
    memoryUsage: usage,
    memoryMaxUsage: unsignedNumber(section?.max_usage),
    memoryLimit: unsignedNumber(section?.limit),
    memoryCache: cache(detail),
    memoryRss: figure(detail, 'total_rss', 'rss', 'anon'),
    memorySwap: swap(detail) ?? 0,
    memoryWorkingSet: usage !== undefined && inactive !== undefined && inactive < usage ? usage - inactive : usage,
    memoryFailcnt: unsignedNumber(section?.failcnt) ?? 0,
    memoryMapped: figure(detail, 'total_mapped_file', 'file_mapped'),
    memoryDirty: figure(detail, 'total_dirty', 'file_dirty'),
    memoryWriteback: figure(detail, 'total_writeback', 'file_writeback'),
    memoryActiveFile: figure(detail, 'total_active_file', 'active_file'),
    memoryInactiveFile: inactive,
    memoryPagesScanned: figure(detail, 'pgscan'),
    memoryPagesReclaimed: figure(detail, 'pgsteal'),
    pageFaults: figure(detail, 'total_pgfault', 'pgfault'),
    majorPageFaults: figure(detail, 'total_pgmajfault', 'pgmajfault'),
  };
}

function cache(detail: MemoryDetail): number | undefined {
  return figure(detail, 'total_cache', 'cache', 'file');
}

function swap(detail: MemoryDetail): number | undefined {
  return figure(detail, 'total_swap', 'swap');
}

function interfaces(section: ContainerStats['networks']): InterfaceFacts[] {
  if (!isObject(section)) return [];
  const found = Object.entries(section).map(([name, counters]) => networkInterface(name.toWellFormed(), counters));
  // Names that differ in half surrogate pairs alone are one by now.
  return [...new Map(found.map((each) => [each.name, each])).values()];
}

function networkInterface(name: string, counters: InterfaceStats | null): InterfaceFacts {
  return {
    name,
    receiveBytes: unsignedNumber(counters?.rx_bytes),
    receivePackets: unsignedNumber(counters?.rx_packets),
    receiveErrors: unsignedNumber(counters?.rx_errors),
    receiveDropped: unsignedNumber(counters?.rx_dropped),
    transmitBytes: unsignedNumber(counters?.tx_bytes),
    transmitPackets: unsignedNumber(counters?.tx_packets),
    transmitErrors: unsignedNumber(counters?.tx_errors),
    transmitDropped: unsignedNumber(counters?.tx_dropped),
  };
}

type DeviceCounter = Exclude<keyof DeviceFacts, 'name'>;

function devices(section: ContainerStats['blkio_stats']): DeviceFacts[] {
  const found = new Map<string, { -readonly [key in keyof DeviceFacts]: DeviceFacts[key] }>();
  const add = (entries: unknown, read: DeviceCounter, write: DeviceCounter): void => {
    if (!Array.isArray(entries)) return;
    for (const entry of entries as readonly (BlockIoEntry | null)[]) {
      const op = nonEmptyString(entry?.op)?.toLowerCase();
      const name = deviceName(entry);
      const value = unsignedNumber(entry?.value);
      if ((op !== 'read' && op !== 'write') || name === undefined || value === undefined) continue;
      const counter = op === 'read' ? read : write;
      const device = found.get(name) ?? {
        name,
        readBytes: undefined,
        writeBytes: undefined,
        reads: undefined,
        writes: undefined,
      };
      device[counter] = (device[counter] ?? 0) + value;
      found.set(name, device);
    }
  };
  add(section?.io_service_bytes_recursive, 'readBytes', 'writeBytes');
  add(section?.io_serviced_recursive, 'reads', 'writes');
  return [...found.values()];
}

function deviceName(entry: BlockIoEntry | null): string | undefined {
  const numbers = [entry?.major, entry?.minor];
  return numbers.every((number) => Number.isSafeInteger(unsignedNumber(number))) ? numbers.join(':') : undefined;
}

/** An empty list of cgroup v1 says "no input or output yet", null says "not known here". */
function reported(stats: ContainerStats): Capability[] {
  const detail = stats.memory_stats?.stats ?? {};
  const seen: Record<Exclude<Capability, 'events' | 'one_shot_stats'>, boolean> = {
    cpu: measured(stats.cpu_stats?.cpu_usage?.total_usage) !== undefined,
    fs_bytes: isOfWindows(stats) || Array.isArray(stats.blkio_stats?.io_service_bytes_recursive),
    fs_operations: Array.isArray(stats.blkio_stats?.io_serviced_recursive),
    memory_cache: cache(detail) !== undefined,
    // cgroup v1 leaves a count of zero out; only its memory.stat has this key.
    memory_failcnt:
      (unsignedNumber(stats.memory_stats?.failcnt) ?? unsignedNumber(detail.hierarchical_memory_limit)) !== undefined,
    memory_swap: swap(detail) !== undefined,
    network: isObject(stats.networks),
    pids: measured(stats.pids_stats?.current) !== undefined,
  };
  return (Object.keys(seen) as (keyof typeof seen)[]).filter((feature) => seen[feature]);
}
