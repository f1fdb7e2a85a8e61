import type { Attributes } from '@opentelemetry/api';
import {
  type Scrape,
  type Subject,
  once,
  perBuild,
  perCollector,
  perContainer,
  perContainerInfo,
  perContainerState,
  perDevice,
  perFeature,
  perInterface,
  perProcess,
  perReload,
} from './subjects.ts';
import { processStartedAt } from './self.ts';
import type { Health } from '../snapshot/facts.ts';

export type MetricKind = 'gauge' | 'counter';

/** One metric: what it is called and what it means. */
export interface Metric {
  /** The exact name on /metrics. */
  readonly name: string;
  readonly kind: MetricKind;
  /** UCUM. */
  readonly unit: string;
  readonly help: string;
}

/** Receives every data point of a collection. `startedAt` in Unix seconds; undefined where it is not known. */
export type PointSink = (metric: Metric, value: number, attributes: Attributes, startedAt: number | undefined) => void;

/** The metrics that are read from one kind of subject. */
export interface MetricGroup {
  readonly labels: readonly string[];
  readonly metrics: readonly Metric[];
  /** Sends all points of the group to the sink; where there is no value there is no point. */
  readonly read: (scrape: Scrape, sink: PointSink) => void;
}

type Row<Facts> = readonly [
  name: string,
  kind: MetricKind,
  unit: string,
  help: string,
  read: (facts: Facts) => number | undefined,
];

function group<Facts>(subject: Subject<Facts>, rows: readonly Row<Facts>[]): MetricGroup {
  const metrics = rows.map(([name, kind, unit, help, read]) => ({ name, kind, unit, help, read }));
  return {
    labels: subject.labels,
    metrics,
    read: (scrape, sink) => {
      for (const { facts, attributes, startedAt } of subject.observe(scrape)) {
        for (const metric of metrics) {
          const value = metric.read(facts);
          if (value !== undefined) sink(metric, value, attributes, startedAt);
        }
      }
    },
  };
}

const healthValues: Readonly<Record<Health, number>> = { none: 0, starting: 1, healthy: 2, unhealthy: 3 };

/** Every metric there is. Instruments, views, documentation and the tests' expectations come from here: to add one, add a row. */
export const catalogue: readonly MetricGroup[] = [
  group(perContainer, [
    [
      'container_memory_usage_bytes',
      'gauge',
      'By',
      'Memory in use, page cache included.',
      ({ container }) => container.resources?.memoryUsage,
    ],
    [
      'container_memory_limit_bytes',
      'gauge',
      'By',
      'Memory limit; the memory of the host where none is set.',
      ({ container }) => container.resources?.memoryLimit,
    ],
    ['container_memory_cache_bytes', 'gauge', 'By', 'Page cache.', ({ container }) => container.resources?.memoryCache],
    [
      'container_memory_rss_bytes',
      'gauge',
      'By',
      'Anonymous memory.',
      ({ container }) => container.resources?.memoryRss,
    ],
    [
      'container_memory_swap_bytes',
      'gauge',
      'By',
      'Swap in use; 0 where exporter_capability{feature="memory_swap"} is 0.',
      ({ container }) => container.resources?.memorySwap,
    ],
    [
      'container_memory_working_set_bytes',
      'gauge',
      'By',
      'Memory in use without inactive file pages, as docker stats shows it.',
      ({ container }) => container.resources?.memoryWorkingSet,
    ],
    [
      'container_memory_failcnt',
      'gauge',
      '1',
      'How often the memory limit was hit (cgroup v1).',
      ({ container }) => container.resources?.memoryFailcnt,
    ],
    [
      'container_cpu_usage_seconds_total',
      'counter',
      's',
      'CPU time used.',
      ({ container }) => container.resources?.cpuUsage,
    ],
    [
      'container_cpu_system_seconds_total',
      'counter',
      's',
      'CPU time used in the kernel.',
      ({ container }) => container.resources?.cpuSystem,
    ],
    [
      'container_cpu_user_seconds_total',
      'counter',
      's',
      'CPU time used outside the kernel.',
      ({ container }) => container.resources?.cpuUser,
    ],
    [
      'container_cpu_throttling_periods_total',
      'counter',
      '1',
      'Scheduling periods in which the CPU limit was hit.',
      ({ container }) => container.resources?.cpuThrottledPeriods,
    ],
    [
      'container_cpu_throttled_seconds_total',
      'counter',
      's',
      'Time for which the CPU limit held the container back.',
      ({ container }) => container.resources?.cpuThrottledTime,
    ],
    ['container_pids_current', 'gauge', '1', 'Processes and threads.', ({ container }) => container.resources?.pids],
    [
      'container_last_seen',
      'gauge',
      's',
      'Unix time of the snapshot that the container was seen in.',
      ({ now }) => Math.floor(now),
    ],
    [
      'container_start_time_seconds',
      'gauge',
      's',
      'Unix time of the last start.',
      ({ container }) => container.startedAt,
    ],
    [
      'container_uptime_seconds',
      'gauge',
      's',
      'Time since the last start while it runs or is paused, else 0.',
      ({ container, now }) => uptime(container.state, container.startedAt, now),
    ],
    [
      'container_health_status',
      'gauge',
      '1',
      'Health check: 0 none, 1 starting, 2 healthy, 3 unhealthy.',
      ({ container }) => healthValues[container.health],
    ],
    [
      'container_restart_count',
      'gauge',
      '1',
      'Restarts by the restart policy.',
      ({ container }) => container.restartCount,
    ],
    ['container_exit_code', 'gauge', '1', 'Exit code of the last run.', ({ container }) => container.exitCode],
  ]),
  group(perContainerInfo, [
    ['container_info', 'gauge', '1', 'What the container is and does, in labels; always 1.', () => 1],
  ]),
  group(perInterface, [
    ['container_network_receive_bytes_total', 'counter', 'By', 'Bytes received.', (facts) => facts.receiveBytes],
    ['container_network_receive_packets_total', 'counter', '1', 'Packets received.', (facts) => facts.receivePackets],
    [
      'container_network_receive_errors_total',
      'counter',
      '1',
      'Errors while receiving.',
      (facts) => facts.receiveErrors,
    ],
    [
      'container_network_receive_dropped_total',
      'counter',
      '1',
      'Packets dropped while receiving.',
      (facts) => facts.receiveDropped,
    ],
    ['container_network_transmit_bytes_total', 'counter', 'By', 'Bytes sent.', (facts) => facts.transmitBytes],
    ['container_network_transmit_packets_total', 'counter', '1', 'Packets sent.', (facts) => facts.transmitPackets],
    [
      'container_network_transmit_errors_total',
      'counter',
      '1',
      'Errors while sending.',
      (facts) => facts.transmitErrors,
    ],
    [
      'container_network_transmit_dropped_total',
      'counter',
      '1',
      'Packets dropped while sending.',
      (facts) => facts.transmitDropped,
    ],
  ]),
  group(perDevice, [
    [
      'container_fs_reads_bytes_total',
      'counter',
      'By',
      'Bytes read from the block device.',
      (facts) => facts.readBytes,
    ],
    [
      'container_fs_writes_bytes_total',
      'counter',
      'By',
      'Bytes written to the block device.',
      (facts) => facts.writeBytes,
    ],
    ['container_fs_reads_total', 'counter', '1', 'Read operations on the block device.', (facts) => facts.reads],
    ['container_fs_writes_total', 'counter', '1', 'Write operations on the block device.', (facts) => facts.writes],
  ]),
  group(perContainerState, [
    [
      'docker_containers_total',
      'gauge',
      '1',
      'Containers by state, as the daemon counts them.',
      (facts) => facts.count,
    ],
  ]),
  group(once, [
    ['docker_images_total', 'gauge', '1', 'Images.', ({ system }) => system.images],
    ['docker_volumes_total', 'gauge', '1', 'Volumes.', ({ system }) => system.volumes],
    ['docker_networks_total', 'gauge', '1', 'Networks.', ({ system }) => system.networks],
    ['exporter_up', 'gauge', '1', 'Whether the Docker daemon could be reached.', ({ up }) => (up ? 1 : 0)],
  ]),
  group(perBuild, [['exporter_build_info', 'gauge', '1', 'What was built, in labels; always 1.', () => 1]]),
  group(perCollector, [
    [
      'exporter_scrape_duration_seconds',
      'gauge',
      's',
      'Time the collector took.',
      ({ collector, snapshot }) => snapshot.durations[collector],
    ],
    [
      'exporter_scrape_errors_total',
      'counter',
      '1',
      'Failed calls to the engine since the exporter started.',
      ({ collector, snapshot }) => snapshot.errors[collector],
    ],
  ]),
  group(perFeature, [
    [
      'exporter_capability',
      'gauge',
      '1',
      'Whether the engine reports the feature; where it does not, a zero is no measurement.',
      ({ reported }) => (reported ? 1 : 0),
    ],
  ]),
  group(perReload, [
    [
      'exporter_config_last_reload_successful',
      'gauge',
      '1',
      'Whether the settings could be read the last time that they were.',
      ({ successful }) => (successful ? 1 : 0),
    ],
    [
      'exporter_config_last_reload_success_timestamp_seconds',
      'gauge',
      's',
      'Unix time of the last time that the settings could be read.',
      ({ succeededAt }) => succeededAt,
    ],
  ]),
  group(perProcess, [
    ['process_cpu_seconds_total', 'counter', 's', 'CPU time that the exporter used.', ({ cpu }) => cpu],
    [
      'process_resident_memory_bytes',
      'gauge',
      'By',
      'Memory that the exporter holds.',
      ({ residentMemory }) => residentMemory,
    ],
    [
      'process_virtual_memory_bytes',
      'gauge',
      'By',
      'Address space that the exporter holds.',
      ({ virtualMemory }) => virtualMemory,
    ],
    ['process_start_time_seconds', 'gauge', 's', 'Unix time of the start of the exporter.', () => processStartedAt],
    ['process_open_fds', 'gauge', '1', 'Files and sockets that the exporter has open.', ({ openFiles }) => openFiles],
    [
      'process_max_fds',
      'gauge',
      '1',
      'Most files and sockets that it may have open.',
      ({ mostOpenFiles }) => mostOpenFiles,
    ],
    [
      'nodejs_eventloop_lag_seconds',
      'gauge',
      's',
      'How long the event loop took to come round.',
      ({ eventLoopLag }) => eventLoopLag,
    ],
    ['nodejs_heap_size_used_bytes', 'gauge', 'By', 'JavaScript heap in use.', ({ heapUsed }) => heapUsed],
    ['nodejs_heap_size_total_bytes', 'gauge', 'By', 'JavaScript heap reserved.', ({ heapTotal }) => heapTotal],
    [
      'nodejs_external_memory_bytes',
      'gauge',
      'By',
      'Memory of JavaScript objects outside the heap.',
      ({ external }) => external,
    ],
  ]),
];

function uptime(state: string, startedAt: number | undefined, now: number): number | undefined {
  if (state !== 'running' && state !== 'paused') return 0;
  // To the millisecond, which is all the clock gives; the host's clock may lag behind a remote engine's.
  return startedAt === undefined ? undefined : Math.max(0, Math.round((now - startedAt) * 1000) / 1000);
}
