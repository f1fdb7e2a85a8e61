import type { BlockIoEntry, ContainerStats, InterfaceStats } from '../docker/api.ts';
import { EngineError } from '../docker/errors.ts';
import type { DeviceFacts, Feature, InterfaceFacts, ResourceFacts } from './facts.ts';
import { finite } from './number.ts';

/**
 * Reads a stats answer of Docker on cgroup v1 or v2, or of Podman.
 * Undefined when it says that the container does not run: an empty body, `{}`, or a `read` time of year 1.
 * Throws an EngineError when it is no stats answer at all.
 */
export function parseStats(answer: unknown): ResourceFacts | undefined {
  if (answer === undefined) return undefined;
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw notStats();
  if (Object.keys(answer).length === 0) return undefined;
  const stats = answer as ContainerStats;
  if (typeof stats.read !== 'string') throw notStats();
  if (stats.read.startsWith('0001-01-01')) return undefined;
  const { cpu_usage: cpu, throttling_data: throttling } = stats.cpu_stats ?? {};
  return {
    ...memory(stats.memory_stats),
    cpuUsage: seconds(cpu?.total_usage),
    cpuSystem: seconds(cpu?.usage_in_kernelmode),
    cpuUser: seconds(cpu?.usage_in_usermode),
    cpuThrottledPeriods: finite(throttling?.throttled_periods),
    cpuThrottledTime: seconds(throttling?.throttled_time),
    pids: finite(stats.pids_stats?.current),
    interfaces: Object.entries(stats.networks ?? {}).map(([name, counters]) => networkInterface(name, counters)),
    devices: devices(stats.blkio_stats),
    reported: reported(stats),
  };
}

function notStats(): EngineError {
  return new EngineError('malformed', 'the stats answer is not what the API promises');
}

/** Nanoseconds to seconds. One division, so the result is the double nearest to the exact value. */
function seconds(nanoseconds: unknown): number | undefined {
  const value = finite(nanoseconds);
  return value === undefined ? undefined : value / 1e9;
}

type MemoryFacts = Pick<
  ResourceFacts,
  'memoryUsage' | 'memoryLimit' | 'memoryCache' | 'memoryRss' | 'memorySwap' | 'memoryWorkingSet' | 'memoryFailcnt'
>;

/**
 * The `total_` keys of cgroup v1 hold the whole subtree, the plain ones only the cgroup itself.
 * Working set as `docker stats` and the kubelet reckon it: usage without the file pages that the kernel can drop at once.
 */
function memory(section: ContainerStats['memory_stats']): MemoryFacts {
  const detail = section?.stats ?? {};
  const usage = finite(section?.usage);
  const inactive = finite(detail.total_inactive_file) ?? finite(detail.inactive_file);
  return {
    memoryUsage: usage,
    memoryLimit: finite(section?.limit),
    memoryCache: finite(detail.total_cache) ?? finite(detail.cache) ?? finite(detail.file),
    memoryRss: finite(detail.total_rss) ?? finite(detail.rss) ?? finite(detail.anon),
    memorySwap: finite(detail.total_swap) ?? finite(detail.swap) ?? 0,
    memoryWorkingSet: usage !== undefined && inactive !== undefined && inactive < usage ? usage - inactive : usage,
    memoryFailcnt: finite(section?.failcnt) ?? 0,
  };
}

function networkInterface(name: string, counters: InterfaceStats | null): InterfaceFacts {
  return {
    name,
    receiveBytes: finite(counters?.rx_bytes),
    receivePackets: finite(counters?.rx_packets),
    receiveErrors: finite(counters?.rx_errors),
    receiveDropped: finite(counters?.rx_dropped),
    transmitBytes: finite(counters?.tx_bytes),
    transmitPackets: finite(counters?.tx_packets),
    transmitErrors: finite(counters?.tx_errors),
    transmitDropped: finite(counters?.tx_dropped),
  };
}

type DeviceCounter = Exclude<keyof DeviceFacts, 'name'>;

function devices(section: ContainerStats['blkio_stats']): DeviceFacts[] {
  const found = new Map<string, { -readonly [key in keyof DeviceFacts]: DeviceFacts[key] }>();
  const add = (entries: unknown, read: DeviceCounter, write: DeviceCounter): void => {
    if (!Array.isArray(entries)) return;
    for (const entry of entries as readonly (BlockIoEntry | null)[]) {
      const counter = { read, write }[String(entry?.op).toLowerCase()];
      const value = finite(entry?.value);
      if (counter === undefined || value === undefined) continue;
      const name = `${entry?.major}:${entry?.minor}`;
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

/** An empty list of cgroup v1 says "no input or output yet", null says "not known here". */
function reported(stats: ContainerStats): Feature[] {
  const detail = stats.memory_stats?.stats ?? {};
  const seen: Record<Exclude<Feature, 'one_shot_stats'>, boolean> = {
    fs_bytes: Array.isArray(stats.blkio_stats?.io_service_bytes_recursive),
    fs_operations: Array.isArray(stats.blkio_stats?.io_serviced_recursive),
    memory_cache: (detail.total_cache ?? detail.cache ?? detail.file) !== undefined,
    // cgroup v1 leaves a count of zero out; only its memory.stat has this key.
    memory_failcnt: stats.memory_stats?.failcnt !== undefined || detail.hierarchical_memory_limit !== undefined,
    memory_swap: (detail.total_swap ?? detail.swap) !== undefined,
    network: typeof stats.networks === 'object' && stats.networks !== null,
    pids: finite(stats.pids_stats?.current) !== undefined,
  };
  return (Object.keys(seen) as (keyof typeof seen)[]).filter((feature) => seen[feature]);
}
