import type { Attributes } from '@opentelemetry/api';
import { catalogue, semconvCatalogue } from '../metrics/catalogue.ts';
import { type Instrument, type Metric, type MetricGroup, type Observation, noAttributes } from '../metrics/metric.ts';
import type { ContainerFacts, Snapshot } from '../snapshot/facts.ts';
import type { Resources } from './resources.ts';

/** What a metric is called and what it is. */
export interface Description {
  readonly name: string;
  readonly instrument: Instrument;
  /** UCUM; an empty string for none. */
  readonly unit: string;
  /** On each of its data points, beside those of the observation. */
  readonly attributes: Attributes;
}

/** How metrics are called on one way out. */
export interface Naming {
  readonly groups: readonly MetricGroup[];
  readonly describe: (metric: Metric) => Description;
  /** Of all data points of an observation. */
  readonly attributesOf: (observation: Observation<unknown>) => Attributes;
  /** What makes a resource of a container; undefined where its data points belong to that of the exporter. */
  readonly resourceOf?: (container: ContainerFacts, snapshot: Snapshot) => Attributes;
}

/** The names of OpenTelemetry, with each container as a resource of its own. */
export function semconvNaming(resources: Resources): Naming {
  return {
    groups: semconvCatalogue,
    describe: ({ unit, otel }) => ({ ...otel, unit }),
    attributesOf: ({ otelAttributes }) => otelAttributes,
    resourceOf: resources.container,
  };
}

/**
 * Names and labels as /metrics has them, so that a collector's Prometheus exporter shows the very same series. Without
 * units, which it would put into the names.
 */
export function prometheusNaming(
  namespace: string,
  globalLabels: Readonly<Record<string, string>>,
  groups = catalogue,
): Naming {
  const hasGlobals = Object.keys(globalLabels).length > 0;
  const prefix = namespace === '' ? '' : `${namespace}_`;
  return {
    groups,
    describe: ({ name, kind }) => ({ name: prefix + name, instrument: kind, unit: '', attributes: noAttributes }),
    attributesOf: ({ attributes }) => (hasGlobals ? { ...attributes, ...globalLabels } : attributes),
  };
}
