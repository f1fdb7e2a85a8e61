import { ValueType } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type GaugeMetricData,
  type ResourceMetrics,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics';
import type { Metric } from '../metrics/metric.ts';
import { processStartedAt } from '../metrics/self.ts';
import type { Observation, CollectionInput } from '../metrics/metric.ts';
import type { ContainerFacts } from '../snapshot/facts.ts';
import { hrTime } from './hr-time.ts';
import type { DeltaExport } from './deltas.ts';
import type { Description, Naming } from './naming.ts';
import type { Resources } from './resources.ts';

export interface OtelDataOptions {
  readonly naming: Naming;
  readonly resources: Resources;
  /** Undefined for cumulative counters. */
  readonly deltas: DeltaExport | undefined;
}

type NumberMetricData = GaugeMetricData | SumMetricData;

/** What is gathered for one resource, by name of the metric. */
interface Draft {
  readonly resource: Resource;
  readonly metrics: Map<string, NumberMetricData>;
}

/**
 * One snapshot as it is pushed. Made without a MeterProvider: that has one resource only, and a container each is
 * what OpenTelemetry's conventions want.
 */
export function collectOtelData(
  scrape: CollectionInput,
  { naming, resources, deltas }: OtelDataOptions,
): ResourceMetrics[] {
  const { snapshot, build } = scrape;
  const drafts = new Map<ContainerFacts | undefined, Draft>();

  const draftOf = (container: ContainerFacts | undefined): Draft => {
    const known = drafts.get(container);
    if (known !== undefined) return known;
    const resource = container === undefined ? resources.exporter(snapshot) : resources.container(container, snapshot);
    const draft: Draft = { resource, metrics: new Map() };
    drafts.set(container, draft);
    return draft;
  };

  const add = (metric: Metric, value: number, observed: Observation<unknown>): void => {
    const { container, startedAt = processStartedAt } = observed;
    const { metrics } = draftOf(naming.resourcePerContainer ? container : undefined);
    const description = naming.describe(metric);
    const { name, instrument } = description;
    const isDelta = deltas !== undefined && instrument === 'counter';
    const data = metrics.get(name) ?? emptyData(metric, description, isDelta);
    metrics.set(name, data);
    const attributes = naming.attributesOf(metric, observed);
    const startTime = hrTime(startedAt);
    // The clock of a remote engine may be ahead, and no point may end before it starts.
    const endTime = hrTime(Math.max(snapshot.takenAt / 1000, startedAt));
    const measured = { value, startTime, endTime };
    const point = isDelta
      ? deltas.delta(container?.id ?? '', `${name}\0${JSON.stringify(attributes)}`, measured)
      : measured;
    if (point !== undefined) data.dataPoints.push({ ...point, attributes });
  };

  for (const group of naming.groups) group.read(scrape, add);
  const scope = { name: 'docker-stats-exporter', version: build.version };
  return [...drafts.values()].map(({ resource, metrics }) => ({
    resource,
    scopeMetrics: [{ scope, metrics: [...metrics.values()] }],
  }));
}

function emptyData(metric: Metric, { name, instrument, unit }: Description, isDelta: boolean): NumberMetricData {
  const valueType = metric.unit === 's' ? ValueType.DOUBLE : ValueType.INT;
  const common = {
    descriptor: { name, description: metric.help, unit, valueType },
    aggregationTemporality: isDelta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    dataPoints: [],
  };
  return instrument === 'gauge'
    ? { ...common, dataPointType: DataPointType.GAUGE }
    : { ...common, dataPointType: DataPointType.SUM, isMonotonic: instrument === 'counter' };
}
