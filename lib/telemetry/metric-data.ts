import { type Attributes, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type GaugeMetricData,
  type MetricData,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics';
import {
  type CollectionInput,
  type Metric,
  type MetricGroup,
  noAttributes,
  oncePerContainer,
  oncePerObservation,
} from '../metrics/metric.ts';
import { hrTime } from './hr-time.ts';
import type { Description, Naming } from './naming.ts';

/** The container that data points are of, one object for all of them. */
export interface PointOwner {
  readonly id: string;
  /** What makes it a resource; undefined where its points belong to that of the exporter. */
  readonly resource: Attributes | undefined;
}

/** A data point that knows its container; undefined for the engine and the exporter. */
export interface Point extends DataPoint<number> {
  readonly owner?: PointOwner | undefined;
}

/** The kinds of metric data that there are here; OpenTelemetry has others, such as histograms. */
export type NumberMetricData = WithPoints<GaugeMetricData> | WithPoints<SumMetricData>;

type WithPoints<Data> = Omit<Data, 'dataPoints'> & { readonly dataPoints: Point[] };

export function isNumberData(data: MetricData): data is NumberMetricData {
  return data.dataPointType === DataPointType.GAUGE || data.dataPointType === DataPointType.SUM;
}

/** A value of a metric, not yet among the others of it. */
export interface Reading {
  readonly metric: Metric;
  readonly point: Point;
}

export interface MetricDataBuilder {
  /** All values of a group. Throws what reading it throws. */
  read(group: MetricGroup, input: CollectionInput): Reading[];
  add(readings: readonly Reading[]): void;
  /** What was added, in the order in which metrics were first added. */
  metrics(): NumberMetricData[];
}

/** Makes metric data of rows and facts. What has no known start gets `unknownStart`, in Unix seconds. */
export function createMetricDataBuilder(naming: Naming, unknownStart: number): MetricDataBuilder {
  const descriptions = new Map<Metric, Description>();
  const byName = new Map<string, Family>();

  const describe = (metric: Metric): Description => {
    const description = descriptions.get(metric) ?? naming.describe(metric);
    descriptions.set(metric, description);
    return description;
  };
  const ownerOf = oncePerContainer((container, { snapshot }): PointOwner => ({
    id: container.id,
    resource: naming.resourceOf?.(container, snapshot),
  }));

  return {
    read: (group, input) => {
      const takenAt = input.snapshot.takenAt / 1000;
      const readings: Reading[] = [];
      const commonOf = oncePerObservation((observation) => {
        const { container, startedAt = unknownStart } = observation;
        return {
          attributes: naming.attributesOf(observation),
          startTime: hrTime(startedAt),
          // The clock of a remote engine may be ahead, and no point may end before it starts.
          endTime: hrTime(Math.max(takenAt, startedAt)),
          owner: container && ownerOf(container, input),
        };
      });
      group.read(input, (metric, value, observation) => {
        const { attributes, startTime, endTime, owner } = commonOf(observation);
        const fixed = describe(metric).attributes;
        const all = fixed === noAttributes ? attributes : { ...attributes, ...fixed };
        readings.push({ metric, point: { value, attributes: all, startTime, endTime, owner } });
      });
      return readings;
    },
    add: (readings) => {
      for (const { metric, point } of readings) {
        const description = describe(metric);
        const { name } = description;
        const data = byName.get(name) ?? { metric, description, isInteger: metric.unit !== 's', points: [] };
        byName.set(name, data);
        data.points.push(point);
        // A collector would refuse the whole push for an integer that 64 bits may not hold.
        data.isInteger &&= Number.isSafeInteger(point.value);
      }
    },
    metrics: () => [...byName.values()].map(dataOf),
  };
}

/** A metric, and what there is of it so far. */
interface Family {
  readonly metric: Metric;
  readonly description: Description;
  readonly points: Point[];
  isInteger: boolean;
}

function dataOf({ metric, description: { name, unit, instrument }, isInteger, points }: Family): NumberMetricData {
  const data = {
    descriptor: { name, description: metric.help, unit, valueType: isInteger ? ValueType.INT : ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPoints: points,
  };
  if (instrument === 'gauge') return { ...data, dataPointType: DataPointType.GAUGE };
  return { ...data, dataPointType: DataPointType.SUM, isMonotonic: instrument === 'counter' };
}
