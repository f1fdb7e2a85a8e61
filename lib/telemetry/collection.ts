import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  type DataPoint,
  type MetricData,
  AggregationTemporality,
  MeterProvider,
  MetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import {
  type CollectionInput,
  type Metric,
  type MetricGroup,
  type Observation,
  oncePerObservation,
} from '../metrics/metric.ts';
import { hrTime } from './hr-time.ts';

/** What made the data, as OpenTelemetry wants it named. */
export const scope = { name: 'docker-stats-exporter' };

/** Reads one collection, and lives no longer than that. */
class OneCollection extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

/**
 * A view gives an instrument the exact name of its metric, and lifts the SDK's limit of 2000 series, beyond which it
 * would fold everything into one overflow series.
 */
function viewOf(metric: Metric): ViewOptions {
  return {
    instrumentName: instrumentName(metric),
    name: metric.name,
    aggregationCardinalityLimit: Number.MAX_SAFE_INTEGER,
  };
}

/** The OpenTelemetry name. Rows that share one are different metrics here, so their fixed attributes are part of it. */
function instrumentName({ otel }: Metric): string {
  return [otel.name, ...Object.values(otel.attributes)].join('.');
}

/**
 * Instruments of one MeterProvider. What the SDK keeps of a data point until its collection ends is many times the
 * point. With few at once that is garbage before the collector of young objects would copy it, which takes a third off
 * the CPU of a collection; with one or two, making the providers costs more.
 */
const instrumentsAtOnce = 4;

/** Metric data, and what kept a group from being read. */
export interface CollectedMetrics {
  readonly metrics: MetricData[];
  readonly errors: unknown[];
}

/** A value, and the number of its series as its attributes. */
interface Reading {
  readonly value: number;
  readonly number: Attributes;
}

/**
 * Some groups of a catalogue as OpenTelemetry metric data, under its names and in its order. A collection owns
 * MeterProviders that are dropped afterwards: the SDK's asynchronous instruments never forget a series
 * (opentelemetry-js #2997, #4096), and keep counters as sums of differences. So what is not in the input is not in the
 * result, every value is the engine's own, and nothing grows.
 */
export async function collect(input: CollectionInput, groups: readonly MetricGroup[]): Promise<CollectedMetrics> {
  const series = createSeriesNumbers();
  const readings = new Map<Metric, Reading[]>();
  const errors: unknown[] = [];
  for (const { metrics, read } of groups) {
    for (const metric of metrics) readings.set(metric, []);
    try {
      read(input, (metric, value, observation) =>
        readings.get(metric)?.push({ value, number: series.numberOf(observation) }),
      );
    } catch (error) {
      errors.push(error);
    }
  }
  const metrics: MetricData[] = [];
  const remaining = [...readings].filter(([, { length }]) => length > 0);
  while (remaining.length > 0) metrics.push(...(await observe(remaining.splice(0, instrumentsAtOnce))));
  for (const { dataPoints } of metrics) {
    for (const point of dataPoints) Object.assign(point, series.of(point.attributes));
  }
  return { metrics, errors };
}

/** Some metrics as the SDK makes them of their readings: those of one MeterProvider. */
async function observe(readings: readonly (readonly [Metric, readonly Reading[]])[]): Promise<MetricData[]> {
  const reader = new OneCollection();
  const views = readings.map(([metric]) => viewOf(metric));
  const meter = new MeterProvider({ readers: [reader], views }).getMeter(scope.name);
  for (const [metric, read] of readings) {
    const options = { description: metric.help };
    const instrument =
      metric.kind === 'counter'
        ? meter.createObservableCounter(instrumentName(metric), options)
        : meter.createObservableGauge(instrumentName(metric), options);
    instrument.addCallback((result) => {
      for (const { value, number } of read) result.observe(value, number);
    });
  }
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
}

/** What the data points of one observation have in common. */
type Series = Pick<DataPoint<number>, 'attributes' | 'startTime'>;

/**
 * The SDK renders the attributes of every single data point as JSON, to tell series apart. Observed under a number
 * instead, which is replaced when the points come back, a collection takes a third less time.
 */
function createSeriesNumbers(): {
  numberOf(observation: Observation<unknown>): Attributes;
  of(number: Attributes): Series | undefined;
} {
  const series: Series[] = [];
  return {
    numberOf: oncePerObservation(({ attributes, startedAt }) => {
      const number = { series: series.length };
      series.push({ attributes, startTime: startedAt === undefined ? unknownTime : hrTime(startedAt) });
      return number;
    }),
    of: ({ series: index }) => series[Number(index)],
  };
}

/** OpenTelemetry's value for a start that is not known; the SDK would put the time of the collection there. */
const unknownTime: HrTime = [0, 0];
