import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
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
import type { Description, Naming } from './naming.ts';

/** The container that data points are of, one object for all of them. */
export interface PointOwner {
  readonly id: string;
  /** What makes it a resource; undefined where its points belong to that of the exporter. */
  readonly resource: Attributes | undefined;
}

export interface Point extends DataPoint<number> {
  /** Undefined for the engine and the exporter. */
  readonly owner?: PointOwner | undefined;
  /** The attributes as an exposition writes them, one object for all points of an observation; written when needed. */
  readonly labels?: { text?: string };
}

/** The kinds of metric data that there are here; OpenTelemetry has others, such as histograms. */
export type NumberMetricData = WithPoints<GaugeMetricData> | WithPoints<SumMetricData>;

type WithPoints<Data> = Omit<Data, 'dataPoints'> & { readonly dataPoints: Point[] };

export function isNumberData(data: MetricData): data is NumberMetricData {
  return data.dataPointType === DataPointType.GAUGE || data.dataPointType === DataPointType.SUM;
}

export interface BuilderOptions {
  readonly naming: Naming;
  /** Unix seconds, for what has no known start; 0 is OpenTelemetry's word for that. */
  readonly unknownStart: number;
}

/** How much there is so far: data points, and bytes of their names and labels as text. */
export interface DataSize {
  readonly points: number;
  readonly bytes: number;
}

export interface MetricDataBuilder {
  /** Adds all values of a group. Throws what reading it throws. */
  add(group: MetricGroup, input: CollectionInput): void;
  size(): DataSize;
  /** Takes back what was added since it had that size. */
  truncate(size: DataSize): void;
  /** One for all rows that share a name. */
  metrics(): NumberMetricData[];
}

/** A metric, and what there is of it so far. */
interface Family {
  readonly metric: Metric;
  readonly description: Description;
  readonly points: Point[];
  isInteger: boolean;
}

/** Makes metric data of rows and facts. */
export function createMetricDataBuilder({ naming, unknownStart }: BuilderOptions): MetricDataBuilder {
  const families = new Map<string, Family>();
  const rows = new Map<Metric, { readonly family: Family; readonly fixed: Attributes }>();
  /** The points of the metric that each data point was added to. */
  const added: Point[][] = [];
  let bytes = 0;

  const addRow = (metric: Metric): { readonly family: Family; readonly fixed: Attributes } => {
    const description = naming.describe(metric);
    const { name, attributes: fixed } = description;
    const family = families.get(name) ?? { metric, description, points: [], isInteger: metric.unit !== 's' };
    families.set(name, family);
    const row = { family, fixed };
    rows.set(metric, row);
    return row;
  };
  const ownerOf = oncePerContainer((container, { snapshot }): PointOwner => ({
    id: container.id,
    resource: naming.resourceOf?.(container, snapshot),
  }));

  return {
    add: (group, input) => {
      const takenAt = input.snapshot.takenAt / 1000;
      const commonOf = oncePerObservation((observation) => {
        const { container, startedAt = unknownStart } = observation;
        const attributes = naming.attributesOf(observation);
        return {
          attributes,
          labels: {},
          labelBytes: bytesOf(attributes),
          startTime: hrTime(startedAt),
          // A container may have started after the snapshot was begun, and no point may end before it starts.
          endTime: hrTime(Math.max(takenAt, startedAt)),
          owner: container && ownerOf(container, input),
        };
      });
      group.read(input, (metric, value, observation) => {
        const { attributes: own, labels, labelBytes, startTime, endTime, owner } = commonOf(observation);
        const { family, fixed } = rows.get(metric) ?? addRow(metric);
        const attributes = fixed === noAttributes ? own : { ...own, ...fixed };
        family.points.push({ value, attributes, startTime, endTime, owner, labels });
        // A collector would refuse the whole push for an integer that 64 bits may not hold.
        family.isInteger &&= Number.isSafeInteger(value);
        added.push(family.points);
        bytes += family.description.name.length + labelBytes;
      });
    },
    size: () => ({ points: added.length, bytes }),
    truncate: (size) => {
      while (added.length > size.points) added.pop()?.pop();
      bytes = size.bytes;
    },
    metrics: () => [...families.values()].filter(({ points }) => points.length > 0).map(dataOf),
  };
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

/** Of labels as text, with their quotes. */
function bytesOf(attributes: Attributes): number {
  let bytes = 0;
  for (const name in attributes) bytes += name.length + Buffer.byteLength(String(attributes[name])) + 4;
  return bytes;
}

/** Unix seconds as OpenTelemetry's seconds and nanoseconds. */
export function hrTime(unixSeconds: number): HrTime {
  const whole = Math.floor(unixSeconds);
  return [whole, Math.round((unixSeconds - whole) * 1e9)];
}
