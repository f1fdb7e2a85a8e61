import { hasProcesses, secondsAtWork, timestamp } from './container.ts';
import type { SimulatedContainer } from './container.ts';
import { memoryStats } from './memory-stats.ts';
import { HOST } from './profile.ts';
import type { EngineKind, Profile } from './profile.ts';
import { usageAfter } from './usage.ts';
import type { Usage } from './usage.ts';

// The answers are put together as text, not as objects: a scrape asks for thousands of them, and what the simulator
// spends is missing in the measurement of its client.

const NO_PROCESSOR_STATS =
  '{"cpu_usage":{"total_usage":0,"usage_in_kernelmode":0,"usage_in_usermode":0},' +
  '"throttling_data":{"periods":0,"throttled_periods":0,"throttled_time":0}}';

/**
 * The body of a stats answer at `now` (Unix milliseconds). `previous` is the time of the sample before it, for
 * `precpu_stats`; a one-shot has none. Without processes it is zeroed on Docker, empty on Podman.
 */
export function statsBody(profile: Profile, container: SimulatedContainer, now: number, previous?: number): string {
  const { kind } = profile;
  const { id, name } = container;
  const identity =
    kind === 'podman'
      ? `"name":${JSON.stringify(name)},"Id":"${id}"`
      : `"name":${JSON.stringify(`/${name}`)},"id":"${id}"`;
  if (!hasProcesses(container)) return kind === 'podman' ? '' : zeroed(identity);

  const usage = usageAfter(secondsAtWork(container, now), container.load);
  return (
    `{"read":"${timestamp(now)}","preread":"${timestamp(previous)}",` +
    `"pids_stats":{"current":${container.load.processes}${kind === 'docker-cgroup2' ? ',"limit":38212' : ''}},` +
    `"blkio_stats":${blockStats(kind, usage)},"num_procs":0,"storage_stats":{},` +
    `"cpu_stats":${processorStats(profile, usage, now)},` +
    `"precpu_stats":${previousProcessorStats(profile, container, previous)},` +
    `"memory_stats":${memoryStats(kind, container, usage)},${identity}${interfaceStats(kind, container, usage)}}`
  );
}

function zeroed(identity: string): string {
  return (
    `{"read":"${timestamp(undefined)}","preread":"${timestamp(undefined)}","pids_stats":{},` +
    `"blkio_stats":${blockLists('null', 'null')},"num_procs":0,"storage_stats":{},"cpu_stats":${NO_PROCESSOR_STATS},` +
    `"precpu_stats":${NO_PROCESSOR_STATS},"memory_stats":{},${identity}}`
  );
}

function previousProcessorStats(profile: Profile, container: SimulatedContainer, previous: number | undefined): string {
  if (previous === undefined) return NO_PROCESSOR_STATS;
  return processorStats(profile, usageAfter(secondsAtWork(container, previous), container.load), previous);
}

function processorStats({ kind, bootedAt }: Profile, usage: Usage, now: number): string {
  const share = Math.floor(usage.cpu / HOST.processors);
  const shares =
    kind === 'docker-cgroup2' ? '' : `"percpu_usage":[${`${share},`.repeat(HOST.processors - 1)}${share}],`;
  // Time of all processors since boot, in the kernel's clock ticks of 10 ms.
  const system = Math.floor((now - bootedAt) / 10) * 1e7 * HOST.processors;
  return (
    `{"cpu_usage":{"total_usage":${usage.cpu},${shares}"usage_in_kernelmode":${usage.cpuInKernel},` +
    `"usage_in_usermode":${usage.cpu - usage.cpuInKernel}},` +
    `"system_cpu_usage":${system},"online_cpus":${HOST.processors},"throttling_data":{"periods":${usage.periods},` +
    `"throttled_periods":${usage.throttledPeriods},"throttled_time":${usage.throttledTime}}}`
  );
}

/** cgroup v1 counts operations too and has entries of further kinds; v2 writes its kinds in lower case. */
function blockStats(kind: EngineKind, { read, written }: Usage): string {
  if (read + written === 0) {
    return blockLists(kind === 'docker-cgroup2' ? 'null' : '[]', kind === 'docker-cgroup1' ? '[]' : 'null');
  }
  if (kind !== 'docker-cgroup1') return blockLists(`[${entry('read', read)},${entry('write', written)}]`, 'null');
  return blockLists(firstEntries(read, written), firstEntries(operations(read), operations(written)));
}

function firstEntries(read: number, written: number): string {
  return (
    `[${entry('Read', read)},${entry('Write', written)},${entry('Sync', 0)},${entry('Async', read + written)},` +
    `${entry('Discard', 0)},${entry('Total', read + written)}]`
  );
}

function entry(operation: string, value: number): string {
  return `{"major":259,"minor":0,"op":"${operation}","value":${value}}`;
}

/** Operations of 16 KiB each. */
function operations(bytes: number): number {
  return Math.floor(bytes / 16_384);
}

function blockLists(bytes: string, operations: string): string {
  const others = operations === 'null' ? 'null' : '[]';
  return (
    `{"io_service_bytes_recursive":${bytes},"io_serviced_recursive":${operations},"io_queue_recursive":${others},` +
    `"io_service_time_recursive":${others},"io_wait_time_recursive":${others},"io_merged_recursive":${others},` +
    `"io_time_recursive":${others},"sectors_recursive":${others}}`
  );
}

/** One entry an interface; the first carries most of the traffic. Nothing at all without an interface. */
function interfaceStats(kind: EngineKind, { networks }: SimulatedContainer, { received, transmitted }: Usage): string {
  if (networks.length === 0) return '';
  if (kind === 'podman') return `,"networks":{"network":${traffic(received, transmitted, false)}}`;
  if (networks.length === 1) return `,"networks":{"eth0":${traffic(received, transmitted, true)}}`;
  const [most, mostOut] = [Math.floor(received * 0.8), Math.floor(transmitted * 0.8)];
  const rest = traffic(received - most, transmitted - mostOut, true);
  return `,"networks":{"eth0":${traffic(most, mostOut, true)},"eth1":${rest}}`;
}

/** Podman 4 counts bytes, but no packets. */
function traffic(received: number, transmitted: number, packets: boolean): string {
  const count = (bytes: number, size: number) => (packets ? Math.floor(bytes / size) : 0);
  return (
    `{"rx_bytes":${received},"rx_packets":${count(received, 700)},"rx_errors":0,"rx_dropped":${count(received, 5e8)},` +
    `"tx_bytes":${transmitted},"tx_packets":${count(transmitted, 700)},"tx_errors":0,"tx_dropped":0}`
  );
}
