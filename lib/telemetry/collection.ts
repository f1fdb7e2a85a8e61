import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  type CollectionResult,
  type DataPoint,
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
 * Some groups of a catalogue as OpenTelemetry metric data, under its names and in its order. A collection owns a
 * MeterProvider that is dropped afterwards: the SDK's asynchronous instruments never forget a series
 * (opentelemetry-js #2997, #4096), and keep counters as sums of differences. So what is not in the input is not in the
 * result, every value is the engine's own, and nothing grows.
 */
export async function collect(input: CollectionInput, groups: readonly MetricGroup[]): Promise<CollectionResult> {
  const reader = new OneCollection();
  const metrics = groups.flatMap((each) => each.metrics);
  const meter = new MeterProvider({ readers: [reader], views: metrics.map(viewOf) }).getMeter('docker-stats-exporter');
  const instruments = new Map(
    metrics.map((metric) => {
      const options = { description: metric.help };
      return metric.kind === 'counter'
        ? [metric, meter.createObservableCounter(instrumentName(metric), options)]
        : [metric, meter.createObservableGauge(instrumentName(metric), options)];
    }),
  );
  const series = createSeriesNumbers();
  meter.addBatchObservableCallback(
    (result) => {
      for (const group of groups) {
        group.read(input, (metric, value, observation) => {
          const instrument = instruments.get(metric);
          if (instrument !== undefined) result.observe(instrument, value, series.numberOf(observation));
        });
      }
    },
    [...instruments.values()],
  );
  const result = await reader.collect();
  for (const { dataPoints } of result.resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)) {
    for (const point of dataPoints) Object.assign(point, series.of(point.attributes));
  }
  return result;
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
