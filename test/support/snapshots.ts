import { createCallCounter } from '../../lib/docker/call-totals.ts';
import { unknownEngine } from '../../lib/docker/engine.ts';
import { noCounts } from '../../lib/inventory/lifecycle/counts.ts';
import type { ContainerFacts, Snapshot } from '../../lib/snapshot/facts.ts';
import { type LimitFacts, neverInspected, parseInspection } from '../../lib/inventory/inspection.ts';
import type { SnapshotSource } from '../../lib/snapshot/source.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import { systemFacts } from '../../lib/snapshot/system.ts';

/** Keeps all labels. */
export function keepAll(): boolean {
  return true;
}

/** A container as snapshots hold it; running, without resources. */
export function containerFacts(facts: Partial<ContainerFacts> = {}): ContainerFacts {
  const { startedAt = 'startedAt' in facts ? undefined : 1_700_000_000 } = facts;
  return {
    ...neverInspected,
    localStartedAt: startedAt,
    id: 'f'.repeat(64),
    name: 'web',
    composeService: '',
    composeProject: '',
    image: 'nginx:1.27',
    labels: {},
    networkMode: 'bridge',
    state: 'running',
    health: 'none',
    startedAt,
    restartCount: 0,
    exitCode: 0,
    oomKilled: false,
    lifecycle: { ...noCounts, countedSince: 1_700_000_000, lastExitReason: undefined, recentEvents: [] },
    resources: undefined,
    writableLayer: undefined,
    ...facts,
  };
}

/** Resources with figures that are long to write. */
export const longFigures = parseStats({
  read: '2026-01-01T00:00:00Z',
  cpu_stats: { cpu_usage: { total_usage: 123_456_789_012_345 } },
  memory_stats: { usage: 2 ** 53, limit: 1e21 },
  networks: { eth0: { rx_bytes: 7, tx_bytes: 0 } },
});

/** What an inspected container may use at most: anything, but for what is given. */
export function limitFacts(facts: Partial<LimitFacts> = {}): LimitFacts {
  const { limits } = parseInspection({ State: {}, HostConfig: {} }, keepAll);
  if (limits === undefined) throw new Error('an inspection has limits');
  return { ...limits, ...facts };
}

/** Gives what `next` gives, whatever is asked. */
export function sourceOf(next: () => Snapshot): SnapshotSource {
  return { get: async () => next(), start: () => {}, stop: () => {} };
}

/** A snapshot of a reachable daemon without containers. */
export function snapshotOf(facts: Partial<Snapshot> = {}): Snapshot {
  return {
    takenAt: 1_700_000_100_000,
    up: true,
    engine: unknownEngine,
    containers: [],
    system: systemFacts(undefined, new Map()),
    disk: undefined,
    capabilities: new Set(),
    durations: { container: 0, system: 0 },
    errors: { container: 0, system: 0 },
    problems: [],
    truncatedLabels: new Map(),
    engineCalls: createCallCounter().totals(),
    lifecycle: { sums: [], events: [], gaps: 0, recentEvents: [] },
    ...facts,
  };
}
