import { createCallCounter } from '../docker/call-totals.ts';
import { diskTypes } from '../docker/client.ts';
import { unknownEngine } from '../docker/engine.ts';
import { parseInspection } from '../inventory/inspection.ts';
import { noCounts } from '../inventory/lifecycle/counts.ts';
import type { ContainerFacts, Snapshot } from '../snapshot/facts.ts';
import { parseStats } from '../snapshot/stats.ts';
import { systemFacts } from '../snapshot/system.ts';

/** An inspection and stats that have every figure there is, as no single engine gives them. */
const time = '2026-01-01T00:00:00Z';

const inspection = {
  Created: time,
  RestartCount: 1,
  State: {
    Status: 'running',
    StartedAt: time,
    FinishedAt: time,
    ExitCode: 0,
    Health: { Status: 'healthy', FailingStreak: 0 },
  },
  HostConfig: { CpuQuota: 50_000, PidsLimit: 100 },
};

const traffic = {
  rx_bytes: 1,
  rx_packets: 1,
  rx_errors: 1,
  rx_dropped: 1,
  tx_bytes: 1,
  tx_packets: 1,
  tx_errors: 1,
  tx_dropped: 1,
};

const inputAndOutput = ['read', 'write'].map((op) => ({ major: 8, minor: 0, op, value: 1 }));

const stats = {
  read: time,
  pids_stats: { current: 1 },
  cpu_stats: {
    cpu_usage: { total_usage: 2, usage_in_kernelmode: 1, usage_in_usermode: 1 },
    throttling_data: { periods: 1, throttled_periods: 1, throttled_time: 1 },
  },
  memory_stats: { usage: 2, limit: 2, stats: { file: 1, anon: 1 } },
  networks: { eth0: traffic },
  blkio_stats: { io_service_bytes_recursive: inputAndOutput, io_serviced_recursive: inputAndOutput },
};

const container: ContainerFacts = {
  ...parseInspection(inspection, () => true),
  id: '0'.repeat(64),
  localStartedAt: 1,
  name: 'example',
  composeService: '',
  composeProject: '',
  image: 'example',
  labels: { 'com.docker.swarm.task.id': 'example', 'io.kubernetes.pod.name': 'example' },
  state: 'running',
  health: 'healthy',
  lifecycle: { ...noCounts, countedSince: 0, recentEvents: [], lastExitReason: 'error' },
  resources: parseStats(stats),
  writableLayer: 1,
};

const counts = new Map([
  ['images/json', 1],
  ['volumes', 1],
  ['networks', 1],
] as const);

/** A snapshot of an engine that tells everything. */
export const exampleSnapshot: Snapshot = {
  takenAt: Date.parse(time),
  up: true,
  engine: unknownEngine,
  containers: [container],
  system: systemFacts({ ContainersRunning: 1, NCPU: 1, MemTotal: 1 }, counts),
  disk: {
    space: new Map(diskTypes.map((type) => [type, { used: 1, reclaimable: 1 }])),
    volumes: [{ name: 'example', driver: 'local', composeProject: '', bytes: 1 }],
    writableLayers: new Map([[container.id, 1]]),
    collectedAt: 0,
    seconds: 1,
  },
  capabilities: new Set(),
  durations: {},
  errors: {},
  problems: [],
  truncatedLabels: new Map(),
  lifecycle: {
    sums: [{ composeProject: '', composeService: '', image: 'example', counts: noCounts }],
    events: [{ type: 'container', action: 'start', count: 1 }],
    gaps: 0,
    recentEvents: [],
  },
  engineCalls: createCallCounter().totals(),
};
