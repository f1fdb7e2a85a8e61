import { ValueType } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type CollectionInput, type Metric, type Observation, oncePerObservation } from '../metrics/metric.ts';
import { processStartedAt } from '../metrics/self.ts';
import type { ContainerFacts } from '../snapshot/facts.ts';
import { type NumberMetricData, scope } from './collection.ts';
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

/** The metrics of one resource so far, by name. */
interface ResourceBuilder {
  readonly resource: Resource;
  readonly metrics: Map<string, NumberMetricData>;
}

/**
 * One snapshot as it is pushed. Made without a MeterProvider: that has one resource only, and a container each is
 * what OpenTelemetry's conventions want.
 */
export function collectOtelData(
  input: CollectionInput,
  { naming, resources, deltas }: OtelDataOptions,
): ResourceMetrics[] {
  const { snapshot, build } = input;
  const builders = new Map<ContainerFacts | undefined, ResourceBuilder>();

  const builderOf = (container: ContainerFacts | undefined): ResourceBuilder => {
    const known = builders.get(container);
    if (known !== undefined) return known;
    const resource = container === undefined ? resources.exporter(snapshot) : resources.container(container, snapshot);
    const builder: ResourceBuilder = { resource, metrics: new Map() };
    builders.set(container, builder);
    return builder;
  };

  const timesOf = oncePerObservation(({ startedAt = processStartedAt }) => ({
    startTime: hrTime(startedAt),
    // The clock of a remote engine may be ahead, and no point may end before it starts.
    endTime: hrTime(Math.max(snapshot.takenAt / 1000, startedAt)),
  }));

  const add = (metric: Metric, value: number, observation: Observation<unknown>): void => {
    const { container } = observation;
    const { metrics } = builderOf(naming.resourcePerContainer ? container : undefined);
    const description = naming.describe(metric);
    const { name, instrument } = description;
    const isDelta = deltas !== undefined && instrument === 'counter';
    const data = typedFor(value, metrics.get(name) ?? emptyData(metric, description, isDelta));
    metrics.set(name, data);
    const attributes = naming.attributesOf(metric, observation);
    const cumulative = { value, ...timesOf(observation) };
    const point = isDelta
      ? deltas.delta(container?.id ?? '', `${name}\0${JSON.stringify(attributes)}`, cumulative)
      : cumulative;
    if (point !== undefined) data.dataPoints.push({ ...point, attributes });
  };

  for (const group of naming.groups) group.read(input, add);
  return [...builders.values()].map(({ resource, metrics }) => ({
    resource,
    scopeMetrics: [{ scope: { ...scope, version: build.version }, metrics: [...metrics.values()] }],
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

/** Makes doubles of a metric's points where 64 bits may not hold a value: a collector would refuse the whole push. */
function typedFor(value: number, data: NumberMetricData): NumberMetricData {
  if (data.descriptor.valueType === ValueType.DOUBLE || Number.isSafeInteger(value)) return data;
  return { ...data, descriptor: { ...data.descriptor, valueType: ValueType.DOUBLE } };
}
