import type { HrTime } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import type { Snapshot } from '../snapshot/facts.ts';
import { type NumberMetricData, hrTime } from './metric-data.ts';

/** A value and the time that it covers. */
export interface NumberPoint {
  readonly value: number;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/** The counters of one push as differences from what was last accepted. */
export interface DeltaExport {
  /**
   * The increase of a cumulative counter since the last accepted push; since its start where it is new or restarted. That of
   * a container that was there before the exporter is counted from when it is seen first. Undefined where there is nothing
   * to push yet, or again. `owner` is a container's id, or an empty string for the engine and the exporter.
   */
  delta(owner: string, series: string, cumulative: NumberPoint): NumberPoint | undefined;
  /** The push was accepted, so the next one continues from here. */
  commit(): void;
}

/** Metric data with the increase of each counter instead of its value. */
export function toDeltas(metrics: readonly NumberMetricData[], deltas: DeltaExport): NumberMetricData[] {
  return metrics.map((metric) => {
    if (metric.dataPointType !== DataPointType.SUM || !metric.isMonotonic) return metric;
    const dataPoints = metric.dataPoints.flatMap((point) => {
      const series = `${metric.descriptor.name}\0${JSON.stringify(point.attributes)}`;
      const delta = deltas.delta(point.owner?.id ?? '', series, point);
      return delta === undefined ? [] : [{ ...point, ...delta }];
    });
    return { ...metric, aggregationTemporality: AggregationTemporality.DELTA, dataPoints };
  });
}

export interface DeltaTracker {
  begin(): DeltaExport;
  /** Forgets the containers that a snapshot no longer has. */
  forgetMissing(snapshot: Snapshot): void;
}

/**
 * Keeps the last accepted point of every counter. A failed push changes nothing, so its increase is in the next one: the
 * sum of all pushes is the engine's own value. Only removed containers are forgotten: one that is missing from a single
 * snapshot would otherwise be pushed from its start again. `beganAt` is when the exporter began, in Unix seconds: what
 * containers used before, it may have pushed in its last life.
 */
export function createDeltaTracker(beganAt: number): DeltaTracker {
  /** By container, and by series within it: some of them begin with the container's start, others before. */
  const lastExports = new Map<string, Map<string, NumberPoint>>();
  const began = hrTime(beganAt);

  const remember = (owner: string, series: string, point: NumberPoint): void => {
    const own = lastExports.get(owner) ?? new Map<string, NumberPoint>();
    lastExports.set(owner, own.set(series, point));
  };

  return {
    begin: () => {
      const pushed: (readonly [owner: string, series: string, cumulative: NumberPoint])[] = [];
      return {
        delta: (owner, series, cumulative) => {
          const { value, startTime, endTime } = cumulative;
          const point = { value, startTime, endTime };
          const last = lastExports.get(owner)?.get(series);
          if (last === undefined && owner !== '' && !isLater(startTime, began)) {
            remember(owner, series, point);
            return undefined;
          }
          pushed.push([owner, series, point]);
          // What had begun by the last push goes on from there, although a start may become known more exactly.
          const isContinued = last !== undefined && !isLater(startTime, last.endTime);
          return isContinued ? difference(cumulative, last) : cumulative;
        },
        commit: () => {
          for (const each of pushed) remember(...each);
        },
      };
    },
    forgetMissing: (snapshot) => {
      if (!isListed(snapshot)) return;
      const present = new Set(['', ...snapshot.containers.map(({ id }) => id)]);
      for (const owner of lastExports.keys()) if (!present.has(owner)) lastExports.delete(owner);
    },
  };
}

function difference(cumulative: NumberPoint, last: NumberPoint): NumberPoint | undefined {
  if (isSame(cumulative.endTime, last.endTime)) return undefined;
  // A counter that fell without a restart was reset some time after the last push.
  const value = cumulative.value < last.value ? cumulative.value : cumulative.value - last.value;
  return { value, startTime: last.endTime, endTime: cumulative.endTime };
}

function isLater(left: HrTime, right: HrTime): boolean {
  return left[0] > right[0] || (left[0] === right[0] && left[1] > right[1]);
}

function isSame(left: HrTime, right: HrTime): boolean {
  return left[0] === right[0] && left[1] === right[1];
}

/** Whether a container that is not in the snapshot was removed, rather than not seen. */
function isListed({ up, problems }: Snapshot): boolean {
  return up && !problems.some(({ collector, subject }) => collector === 'container' && subject === 'list');
}
