import { createCallCounter } from '../../lib/docker/call-totals.ts';
import { unknownEngine } from '../../lib/docker/engine.ts';
import { noCounts } from '../../lib/inventory/lifecycle/counts.ts';
import type { ContainerFacts, Snapshot } from '../../lib/snapshot/facts.ts';
import { type LimitFacts, neverInspected, parseInspection } from '../../lib/inventory/inspection.ts';
import { systemFacts } from '../../lib/snapshot/system.ts';

/** A container as snapshots hold it; running, without resources. */
export function containerFacts(facts: Partial<ContainerFacts> = {}): ContainerFacts {
  return {
    ...neverInspected,
    id: 'f'.repeat(64),
    name: 'web',
    composeService: '',
    composeProject: '',
    image: 'nginx:1.27',
    labels: {},
    networkMode: 'bridge',
    state: 'running',
    health: 'none',
    startedAt: 1_700_000_000,
    restartCount: 0,
    exitCode: 0,
    oomKilled: false,
    lifecycle: { ...noCounts, countedSince: 1_700_000_000, recentEvents: [] },
    resources: undefined,
    writableLayer: undefined,
    ...facts,
  };
}

/** What an inspected container may use at most: anything, but for what is given. */
export function limitFacts(facts: Partial<LimitFacts> = {}): LimitFacts {
  const { limits } = parseInspection({ State: {}, HostConfig: {} });
  if (limits === undefined) throw new Error('an inspection has limits');
  return { ...limits, ...facts };
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
