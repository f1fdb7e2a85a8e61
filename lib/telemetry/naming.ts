import type { Attributes } from '@opentelemetry/api';
import { type Instrument, type Metric, type MetricGroup, type Observation, noAttributes } from '../metrics/metric.ts';
import { catalogue, semconvCatalogue } from '../metrics/catalogue.ts';

/** What a metric is called and what it is. */
export interface Description {
  readonly name: string;
  readonly instrument: Instrument;
  /** UCUM; an empty string for none. */
  readonly unit: string;
}

/** How metrics are called when they are pushed. */
export interface Naming {
  readonly groups: readonly MetricGroup[];
  /** Whether each container is a resource of its own, or its identity is on its data points. */
  readonly resourcePerContainer: boolean;
  readonly describe: (metric: Metric) => Description;
  readonly attributesOf: (metric: Metric, observed: Observation<unknown>) => Attributes;
}

export const semconvNaming: Naming = {
  groups: semconvCatalogue,
  resourcePerContainer: true,
  describe: ({ unit, otel: { name, instrument } }) => ({ name, instrument, unit }),
  attributesOf: ({ otel }, { otelAttributes }) =>
    otel.attributes === noAttributes ? otelAttributes : { ...otelAttributes, ...otel.attributes },
};

/**
 * Names and labels as /metrics has them, so that a collector's Prometheus exporter shows the very same series. Without
 * units, which it would put into the names.
 */
export function prometheusNaming(namespace: string, globalLabels: Readonly<Record<string, string>>): Naming {
  const prefix = namespace === '' ? '' : `${namespace}_`;
  return {
    groups: catalogue,
    resourcePerContainer: false,
    describe: ({ name, kind }) => ({ name: prefix + name, instrument: kind, unit: '' }),
    attributesOf: (_, { attributes }) => ({ ...attributes, ...globalLabels }),
  };
}
