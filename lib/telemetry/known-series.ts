import type { HrTime } from '@opentelemetry/api';
import type { DataPoint } from '@opentelemetry/sdk-metrics';
import type { Metric, Observation } from '../metrics/metric.ts';
import { hrTime } from './hr-time.ts';

/** What the data points of one observation have in common, and the last one of each metric. */
export interface Series extends Pick<DataPoint<number>, 'attributes' | 'startTime'> {
  readonly points: Map<Metric, DataPoint<number>>;
}

/** The series that were observed lately. */
export interface KnownSeries {
  /** The same object for as long as its attributes and its start are observed, unless they are very long. */
  of(observation: Observation<unknown>): Series;
  /** Drops those that were not observed since this was last called. */
  forgetUnseen(): void;
}

/** Characters of the key of a series that is kept: a usual one has a few hundred, a hostile engine's would fill memory. */
const maxKeyLength = 2_048;

export function createKnownSeries(): KnownSeries {
  const known = new Map<string, Series & { isSeen: boolean }>();
  return {
    of: (observation) => {
      const key = keyOf(observation);
      if (key.length > maxKeyLength) return newSeries(observation);
      const series = known.get(key) ?? { ...newSeries(observation), isSeen: true };
      series.isSeen = true;
      known.set(key, series);
      return series;
    },
    forgetUnseen: () => {
      for (const [key, series] of known) {
        if (!series.isSeen) known.delete(key);
        series.isSeen = false;
      }
    },
  };
}

/** Two observations have one key only if they have one start and the same attributes: no name of a label has a `=`. */
function keyOf({ startedAt, attributes }: Observation<unknown>): string {
  let key = String(startedAt);
  for (const name in attributes) {
    const value = String(attributes[name]);
    key += ` ${name}=${value.length}:${value}`;
  }
  return key;
}

function newSeries({ attributes, startedAt }: Observation<unknown>): Series {
  return { attributes, startTime: startedAt === undefined ? unknownTime : hrTime(startedAt), points: new Map() };
}

/** OpenTelemetry's value for a start that is not known; the SDK would put the time of the collection there. */
const unknownTime: HrTime = [0, 0];
