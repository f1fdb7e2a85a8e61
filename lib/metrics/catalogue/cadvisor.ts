import type { ContainerFacts, Health, ResourceFacts } from '../../snapshot/facts.ts';
import {
  type ContainerAt,
  type Entity,
  type MetricGroup,
  type MetricKind,
  type Row,
  containerAttributes,
  containerEntities,
  containerLabels,
  exporterGroup,
  gauge,
  group,
  noAttributes,
  ofContainer,
  unlabelled,
} from '../metric.ts';

/** What only cAdvisor shows: other kinds, values or splits than /metrics has, and what /metrics leaves out. */

interface CadvisorRow<Facts> {
  readonly name: string;
  readonly kind: MetricKind;
  readonly help: string;
  readonly read: Row<Facts>['read'];
}

/** These are never pushed, so that they need no OpenTelemetry name of their own, and no unit. */
function row<Facts>(own: CadvisorRow<Facts>): Row<Facts> {
  return { ...own, unit: '1', otel: gauge(own.name), cadvisor: own.name };
}

const healthValues: Readonly<Record<Health, number>> = { none: -1, starting: 0, unhealthy: 0, healthy: 1 };

const containerRows: readonly CadvisorRow<ContainerAt>[] = [
  {
    name: 'container_memory_swap',
    kind: 'gauge',
    help: 'Swap in use, where the engine reports it.',
    read: ({ container: { resources } }) =>
      resources?.capabilities.includes('memory_swap') ? resources.memorySwap : undefined,
  },
  {
    name: 'container_memory_failcnt',
    kind: 'counter',
    help: 'Number of times the memory limit was hit.',
    read: ({ container }) => container.resources?.memoryFailcnt,
  },
  {
    name: 'container_memory_max_usage_bytes',
    kind: 'gauge',
    help: 'Maximum memory usage, which engines report on cgroup v1.',
    read: ({ container }) => container.resources?.memoryMaxUsage,
  },
  {
    name: 'container_memory_mapped_file',
    kind: 'gauge',
    help: 'Memory-mapped files.',
    read: ({ container }) => container.resources?.memoryMapped,
  },
  {
    name: 'container_memory_file_dirty_bytes',
    kind: 'gauge',
    help: 'File pages to be written.',
    read: ({ container }) => container.resources?.memoryDirty,
  },
  {
    name: 'container_memory_file_writeback_bytes',
    kind: 'gauge',
    help: 'File pages being written.',
    read: ({ container }) => container.resources?.memoryWriteback,
  },
  {
    name: 'container_memory_total_active_file_bytes',
    kind: 'gauge',
    help: 'Active file pages.',
    read: ({ container }) => container.resources?.memoryActiveFile,
  },
  {
    name: 'container_memory_total_inactive_file_bytes',
    kind: 'gauge',
    help: 'Inactive file pages.',
    read: ({ container }) => container.resources?.memoryInactiveFile,
  },
  {
    name: 'container_memory_pgscan_total',
    kind: 'counter',
    help: 'Pages scanned for reclaim, on cgroup v2.',
    read: ({ container }) => container.resources?.memoryPagesScanned,
  },
  {
    name: 'container_memory_pgsteal_total',
    kind: 'counter',
    help: 'Pages reclaimed, on cgroup v2.',
    read: ({ container }) => container.resources?.memoryPagesReclaimed,
  },
  {
    name: 'container_cpu_cfs_periods_total',
    kind: 'counter',
    help: 'Scheduling periods of the CPU limit.',
    read: limited(({ cpuPeriods }) => cpuPeriods),
  },
  {
    name: 'container_cpu_cfs_throttled_periods_total',
    kind: 'counter',
    help: 'Scheduling periods in which the CPU limit was hit.',
    read: limited(({ cpuThrottledPeriods }) => cpuThrottledPeriods),
  },
  {
    name: 'container_cpu_cfs_throttled_seconds_total',
    kind: 'counter',
    help: 'Time for which the CPU limit throttled the container.',
    read: limited(({ cpuThrottledTime }) => cpuThrottledTime),
  },
  {
    name: 'container_creation_time_seconds',
    kind: 'gauge',
    help: 'Unix time at which the container was created.',
    read: ({ container }) => container.createdAt,
  },
  {
    name: 'container_health_state',
    kind: 'gauge',
    help: 'Health check: 1 healthy, 0 starting or unhealthy, -1 none.',
    read: ({ container }) => healthValues[container.health],
  },
];

/** cAdvisor shows these of containers with a CPU limit only. */
function limited(read: (resources: ResourceFacts) => number | undefined): Row<ContainerAt>['read'] {
  return ({ container: { limits, resources } }) => {
    const isLimited = limits?.nanoCpus !== undefined || limits?.cpuQuota !== undefined;
    return isLimited && resources !== undefined ? read(resources) : undefined;
  };
}

/** The containers once for each of the own labels that they have values under. */
function labelled(
  labels: readonly string[],
  split: (resources: ResourceFacts) => readonly (readonly [own: Record<string, string>, value: number | undefined])[],
): Entity<number | undefined> {
  return {
    labels: [...containerLabels, ...labels],
    *observe({ snapshot }) {
      for (const container of snapshot.containers) {
        for (const [own, facts] of container.resources === undefined ? [] : split(container.resources)) {
          yield { facts, attributes: { ...containerAttributes(container), ...own }, ...ofContainer(container) };
        }
      }
    },
  };
}

/** cAdvisor leaves out CPUs that a container never used, and calls all of them together `total`. */
const cpuEntities = labelled(['cpu'], ({ cpuUsage, cpuUsageByCpu }) =>
  cpuUsageByCpu === undefined
    ? [[{ cpu: 'total' }, cpuUsage]]
    : cpuUsageByCpu.map((seconds, index) => [{ cpu: `cpu${String(index).padStart(2, '0')}` }, seconds || undefined]),
);

const faultEntities = labelled(['failure_type', 'scope'], ({ pageFaults, majorPageFaults }) =>
  ['container', 'hierarchy'].flatMap((scope) => [
    [{ failure_type: 'pgfault', scope }, pageFaults] as const,
    [{ failure_type: 'pgmajfault', scope }, majorPageFaults] as const,
  ]),
);

const scrapeEntity = unlabelled(({ snapshot }) => snapshot);

const versionEntity: Entity<ContainerFacts | undefined> = {
  labels: ['cadvisorRevision', 'cadvisorVersion', 'dockerVersion', 'kernelVersion', 'osVersion'],
  *observe({ snapshot: { system } }) {
    const info = system.engineInfo;
    if (info === undefined) return;
    const attributes = {
      cadvisorRevision: '',
      cadvisorVersion: '',
      dockerVersion: info.version ?? '',
      kernelVersion: info.kernelVersion ?? '',
      osVersion: info.operatingSystem ?? '',
    };
    yield { facts: undefined, attributes, otelAttributes: noAttributes, startedAt: undefined };
  },
};

export const cadvisorOnly: readonly MetricGroup[] = [
  group(containerEntities, containerRows.map(row<ContainerAt>)),
  group(cpuEntities, [
    row({
      name: 'container_cpu_usage_seconds_total',
      kind: 'counter',
      help: 'CPU time used, by CPU where the engine reports it so.',
      read: (seconds) => seconds,
    }),
  ]),
  group(faultEntities, [
    row({
      name: 'container_memory_failures_total',
      kind: 'counter',
      help: 'Page faults.',
      read: (faults) => faults,
    }),
  ]),
  group(versionEntity, [
    row({
      name: 'cadvisor_version_info',
      kind: 'gauge',
      help: 'Version of the engine, the kernel and the operating system as labels; always 1.',
      read: () => 1,
    }),
  ]),
  exporterGroup(scrapeEntity, [
    row({
      name: 'container_scrape_error',
      kind: 'gauge',
      help: 'Whether figures of containers are missing.',
      read: ({ up, problems }) => (up && !problems.some(({ collector }) => collector === 'container') ? 0 : 1),
    }),
    row({
      name: 'machine_scrape_error',
      kind: 'gauge',
      help: 'Whether figures of the host are missing.',
      read: ({ system }) => (system.engineInfo === undefined ? 1 : 0),
    }),
  ]),
];
