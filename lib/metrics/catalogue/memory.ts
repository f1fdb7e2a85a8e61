import { type ContainerAt, type Row, counter, upDown } from '../metric.ts';

export const memoryRows: readonly Row<ContainerAt>[] = [
  {
    name: 'container_memory_usage_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Memory in use, including page cache.',
    otel: upDown('container.memory.usage'),
    cadvisor: 'container_memory_usage_bytes',
    read: ({ container }) => container.resources?.memoryUsage,
  },
  {
    name: 'container_memory_limit_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Memory limit; the memory of the host where no limit is set.',
    otel: upDown('container.memory.limit'),
    read: ({ container }) => container.resources?.memoryLimit,
  },
  {
    name: 'container_memory_cache_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Page cache.',
    otel: upDown('container.memory.cache'),
    cadvisor: 'container_memory_cache',
    read: ({ container }) => container.resources?.memoryCache,
  },
  {
    name: 'container_memory_rss_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Anonymous memory.',
    otel: upDown('container.memory.rss'),
    cadvisor: 'container_memory_rss',
    read: ({ container }) => container.resources?.memoryRss,
  },
  {
    name: 'container_memory_swap_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Swap in use; 0 where exporter_capability{feature="memory_swap"} is 0.',
    otel: upDown('container.memory.swap'),
    read: ({ container }) => container.resources?.memorySwap,
  },
  {
    name: 'container_memory_working_set_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Memory in use excluding inactive file pages, as docker stats shows it.',
    otel: upDown('container.memory.working_set'),
    cadvisor: 'container_memory_working_set_bytes',
    read: ({ container }) => container.resources?.memoryWorkingSet,
  },
  {
    name: 'container_memory_failcnt',
    kind: 'gauge',
    unit: '{hit}',
    help: 'Number of times the memory limit was hit; on cgroup v2 the oom count of its memory.events.',
    // A counter, but for the Go exporter that /metrics follows.
    otel: counter('container.memory.limit_hits'),
    read: ({ container }) => container.resources?.memoryFailcnt,
  },
];

/** What the semantic conventions have and /metrics, whose names are fixed, has not. */
export const memorySemconvRows: readonly Row<ContainerAt>[] = [
  {
    name: 'container_memory_available_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Memory limit minus working set, where a limit is set.',
    otel: upDown('container.memory.available'),
    read: ({ container: { limits, resources } }) =>
      limits?.memory === undefined || resources?.memoryWorkingSet === undefined
        ? undefined
        : Math.max(0, limits.memory - resources.memoryWorkingSet),
  },
  {
    name: 'container_paging_minor_faults_total',
    kind: 'counter',
    unit: '{fault}',
    help: 'Page faults that needed no disk.',
    otel: counter('container.paging.faults', { 'system.paging.fault.type': 'minor' }),
    read: ({ container: { resources } }) =>
      resources?.pageFaults === undefined || resources.majorPageFaults === undefined
        ? undefined
        : resources.pageFaults - resources.majorPageFaults,
  },
  {
    name: 'container_paging_major_faults_total',
    kind: 'counter',
    unit: '{fault}',
    help: 'Page faults that read from disk.',
    otel: counter('container.paging.faults', { 'system.paging.fault.type': 'major' }),
    read: ({ container }) => container.resources?.majorPageFaults,
  },
];
