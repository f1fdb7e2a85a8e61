import type { Attributes } from '@opentelemetry/api';
import type { Observation, CollectionInput, Entity } from './entities.ts';

/** What Prometheus knows. */
export type MetricKind = 'gauge' | 'counter';

/** What OpenTelemetry knows; an `upDownCounter` is a figure that may be added up over containers. */
export type Instrument = 'gauge' | 'counter' | 'upDownCounter';

/** A metric as OpenTelemetry names it. Several rows may be one instrument there, told apart by fixed attributes. */
export interface OtelMetric {
  /** From the semantic conventions for containers where they have it, else in their style. */
  readonly name: string;
  readonly instrument: Instrument;
  /** On every data point. */
  readonly attributes: Attributes;
}

/** One metric: what it is called and what it means. */
export interface Metric {
  /** The exact name on /metrics. */
  readonly name: string;
  readonly kind: MetricKind;
  /** UCUM. */
  readonly unit: string;
  readonly help: string;
  readonly otel: OtelMetric;
}

/** Receives every data point of a collection. */
export type PointSink = (metric: Metric, value: number, observed: Observation<unknown>) => void;

/** The metrics that are read from one kind of subject. */
export interface MetricGroup {
  readonly labels: readonly string[];
  readonly metrics: readonly Metric[];
  /** Sends all points of the group to the sink; where there is no value there is no point. */
  readonly read: (scrape: CollectionInput, sink: PointSink) => void;
}

type Row<Facts> = readonly [
  name: string,
  kind: MetricKind,
  unit: string,
  help: string,
  otel: OtelMetric,
  read: (facts: Facts) => number | undefined,
];

export function group<Facts>(subject: Entity<Facts>, rows: readonly Row<Facts>[]): MetricGroup {
  const metrics = rows.map(([name, kind, unit, help, otel, read]) => ({ name, kind, unit, help, otel, read }));
  return {
    labels: subject.labels,
    metrics,
    read: (scrape, sink) => {
      for (const observed of subject.observe(scrape)) {
        for (const metric of metrics) {
          const value = metric.read(observed.facts);
          if (value !== undefined) sink(metric, value, observed);
        }
      }
    },
  };
}

export const gauge = describe('gauge');
export const counter = describe('counter');
export const upDown = describe('upDownCounter');

function describe(instrument: Instrument): (name: string, attributes?: Attributes) => OtelMetric {
  return (name, attributes = {}) => ({ name, instrument, attributes });
}
