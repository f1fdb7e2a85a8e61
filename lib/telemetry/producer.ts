import { setImmediate } from 'node:timers/promises';
import { emptyResource } from '@opentelemetry/resources';
import type { CollectionResult, MetricCollectOptions, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { BuildInfo } from '../build-info.ts';
import type { LabelSelection } from '../metrics/container-labels.ts';
import type { MetricGroup, PushFigures, Subject } from '../metrics/metric.ts';
import type { SelfFacts } from '../metrics/self.ts';
import type { Snapshot } from '../snapshot/facts.ts';
import type { SnapshotSource } from '../snapshot/source.ts';
import { type CollectedMetrics, type NumberMetricData, createGroupCollector, scope } from './collection.ts';

export interface ProducerOptions {
  /** The metrics, each of a name of its own. */
  readonly groups: readonly MetricGroup[];
  readonly source: SnapshotSource;
  readonly build: BuildInfo;
  /** The exporter's own process and settings; left out where they are not shown. */
  readonly self?: () => Promise<SelfFacts>;
  /** The labels of containers to show; undefined for none. */
  readonly selectedLabels?: LabelSelection | undefined;
  /** How pushing goes; left out where nothing is pushed. */
  readonly pushFigures?: (() => PushFigures) | undefined;
  /** Called when containers had to be left out, for the first time since all of them were shown. */
  readonly onLeftOut?: (leftOut: number, shown: number) => void;
  /** Milliseconds of any steady clock. */
  readonly now?: () => number;
}

/** A collection that readers share, and when all that they do with it is to be over. */
interface Shared {
  readonly result: Promise<CollectionResult>;
  readonly deadline: number;
}

/**
 * Containers in one go. All of 5,000 at once hold the event loop for more than a second and cost more CPU; below 100,
 * making the instruments again costs more than that saves.
 */
const portion = 100;

/** Sums in one go: these have as many data points as a portion of containers. */
const sumPortion = 500;

/**
 * What rendering and compressing take, in times of what it takes to collect the data. Measured was half as long; the
 * rest is for other work that comes in between.
 */
const renderingShare = 1;

/** What follows the first snapshot has yet to be measured, with code that has yet to be compiled. */
const firstReserveMs = 5_000;

/**
 * A producer of metric data, to be given to long-lived readers. Readers that wait for the same snapshot get the same
 * result. `timeoutMillis` holds for all that a reader does, rendering and compressing included: the snapshot gets what
 * the last collections left of it, at least half, and containers that do not fit in afterwards are left out and counted
 * as errors.
 */
export function createMetricProducer(options: ProducerOptions): MetricProducer {
  const {
    groups,
    source,
    build,
    self,
    selectedLabels,
    pushFigures,
    onLeftOut,
    now = () => performance.now(),
  } = options;
  const groupsOf = (wanted: Subject): MetricGroup[] => groups.filter(({ subject }) => subject === wanted);
  const [containerGroups, sumGroups, otherGroups] = [groupsOf('container'), groupsOf('sum'), groupsOf('other')];
  const metricNames = groups.flatMap(({ metrics }) => metrics.map(({ name }) => name));
  const { collect, endRound } = createGroupCollector();
  const underWay = new Map<Snapshot, Shared>();
  let lastMs = Infinity;
  let reservedMs = firstReserveMs;
  let leftOut = 0;
  let allShown = true;

  /** Of two collections the shorter one counts, so that a single stall costs the next snapshot no time. */
  const learn = (neededMs: number): void => {
    reservedMs = Math.min(lastMs, neededMs);
    lastMs = neededMs;
  };

  const countLeftOut = (missing: number, shown: number): void => {
    if (missing > 0 && allShown) onLeftOut?.(missing, shown);
    allShown = missing === 0;
    leftOut += missing;
  };

  const produce = async (snapshot: Snapshot, begun: number, deadline: number): Promise<CollectionResult> => {
    const { containers, errors, lifecycle } = snapshot;
    const input = { build, selectedLabels, self: await self?.(), pushes: pushFigures?.() };
    const parts: CollectedMetrics[] = [];
    const dataBegun = now();
    let shown = 0;
    while (shown < containers.length) {
      const next = containers.slice(shown, shown + portion);
      const msEach = (now() - dataBegun) / shown;
      const expectedMs = msEach * next.length + renderingShare * msEach * (shown + next.length);
      if (shown > 0 && now() + expectedMs > deadline) break;
      parts.push(await collect({ ...input, snapshot: { ...snapshot, containers: next } }, containerGroups));
      shown += next.length;
      await setImmediate();
    }
    countLeftOut(containers.length - shown, shown);
    for (let sums = lifecycle.sums; sums.length > 0 && sumGroups.length > 0; sums = sums.slice(sumPortion)) {
      const next = { ...lifecycle, sums: sums.slice(0, sumPortion) };
      parts.push(await collect({ ...input, snapshot: { ...snapshot, lifecycle: next } }, sumGroups));
      await setImmediate();
    }
    const total = leftOut > 0 ? { ...errors, container: (errors.container ?? 0) + leftOut } : errors;
    parts.push(await collect({ ...input, snapshot: { ...snapshot, errors: total } }, otherGroups));
    // For all containers, also where some were left out: or the next scrape would have no more time for them.
    const dataMs = ((now() - dataBegun) / Math.max(shown, 1)) * containers.length;
    learn(dataBegun - begun + (1 + renderingShare) * dataMs);
    return joined(parts, metricNames);
  };

  return {
    collect: async ({
      timeoutMillis = Number.MAX_SAFE_INTEGER,
    }: MetricCollectOptions = {}): Promise<CollectionResult> => {
      const deadline = now() + timeoutMillis;
      const snapshotDeadline = deadline - Math.min(reservedMs, timeoutMillis / 2);
      const snapshot = await source.get({ timeoutMillis: snapshotDeadline - now() });
      const shared = underWay.get(snapshot);
      if (shared !== undefined && shared.deadline <= deadline) return shared.result;
      // Giving up what is late is part of what comes after.
      const begun = Math.min(now(), snapshotDeadline);
      const result = produce(snapshot, begun, deadline).finally(() => {
        underWay.delete(snapshot);
        endRound();
      });
      underWay.set(snapshot, { result, deadline });
      return result;
    },
  };
}

/** Each metric in one piece, in the order of their names. */
function joined(parts: readonly CollectedMetrics[], names: readonly string[]): CollectionResult {
  const byName = new Map<string, NumberMetricData>();
  for (const metric of parts.flatMap(({ metrics }) => metrics)) {
    const { dataPoints } = byName.get(metric.descriptor.name) ?? {};
    if (dataPoints === undefined) byName.set(metric.descriptor.name, metric);
    else for (const point of metric.dataPoints) dataPoints.push(point);
  }
  const metrics = names.flatMap((name) => byName.get(name) ?? []);
  return {
    resourceMetrics: { resource: emptyResource(), scopeMetrics: [{ scope, metrics }] },
    errors: parts.flatMap(({ errors }) => errors),
  };
}
