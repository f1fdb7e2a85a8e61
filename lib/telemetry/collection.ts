import {
  type DataPoint,
  type GaugeMetricData,
  type MetricData,
  type SumMetricData,
  type ViewOptions,
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import { type CollectionInput, type Metric, type MetricGroup, oncePerObservation } from '../metrics/metric.ts';
import { type KnownSeries, type Series, createKnownSeries } from './known-series.ts';

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

/** The kinds of metric data that there are here; OpenTelemetry has others, such as histograms. */
export type NumberMetricData = GaugeMetricData | SumMetricData;

/** Metric data, and what kept a group from being read. */
export interface CollectedMetrics {
  readonly metrics: NumberMetricData[];
  readonly errors: unknown[];
}

/** Makes metric data of what is read, again and again. */
export interface GroupCollector {
  /** Some groups of a catalogue as OpenTelemetry metric data, under its names and in its order. */
  collect(input: CollectionInput, groups: readonly MetricGroup[]): Promise<CollectedMetrics>;
  /** Ends a round of collections: what was in none of its inputs is forgotten. */
  endRound(): void;
}

/** A value that is to become a data point, and its place among those of its metric. */
interface Reading {
  readonly value: number;
  readonly series: Series;
  readonly place: number;
}

/** What was read of one metric: the data points that there are already, and what is to be made for the other places. */
interface MetricReadings {
  readonly metric: Metric;
  readonly points: (DataPoint<number> | undefined)[];
  readonly changed: Reading[];
}

/**
 * The SDK makes a data point of each value that is not what it was in the last round; the others keep the one they have,
 * with its end time, which no exposition shows. Most values of a container stay the same from one scrape to the next:
 * with idle ones that is a fifth of a scrape's CPU, and where all of them change, comparing costs nothing to speak of.
 * The MeterProviders are dropped at once: the SDK's asynchronous instruments never forget a series (opentelemetry-js
 * #2997, #4096), and keep counters as sums of differences. So what is not in the input is not in the result, every value
 * is the engine's own, and nothing grows.
 */
export function createGroupCollector(): GroupCollector {
  const knownSeries = createKnownSeries();
  /** What the SDK makes of a metric, without data points. */
  const emptyData = new Map<Metric, NumberMetricData>();

  const makePoints = async (readings: readonly MetricReadings[]): Promise<void> => {
    const made = await observe(readings);
    for (const { metric, points, changed } of readings) {
      const data = made.find(({ descriptor }) => descriptor.name === metric.name);
      if (data === undefined) continue;
      emptyData.set(metric, { ...data, dataPoints: [] });
      for (const point of data.dataPoints) {
        const reading = changed[Number(point.attributes.reading)];
        if (reading === undefined) continue;
        const { attributes, startTime, points: last } = reading.series;
        const own = { ...point, attributes, startTime };
        last.set(metric, own);
        points[reading.place] = own;
      }
    }
  };

  return {
    collect: async (input, groups) => {
      const { readings, errors } = read(input, groups, knownSeries);
      const unmade = readings.filter(({ changed }) => changed.length > 0);
      while (unmade.length > 0) await makePoints(unmade.splice(0, instrumentsAtOnce));
      const metrics: NumberMetricData[] = [];
      for (const { metric, points } of readings) {
        const dataPoints = points.filter((point) => point !== undefined);
        const data = emptyData.get(metric);
        if (data !== undefined && dataPoints.length > 0) metrics.push({ ...data, dataPoints });
      }
      return { metrics, errors };
    },
    endRound: knownSeries.forgetUnseen,
  };
}

/** All values of some groups, and the data points of those that are what they were. */
function read(
  input: CollectionInput,
  groups: readonly MetricGroup[],
  knownSeries: KnownSeries,
): { readings: MetricReadings[]; errors: unknown[] } {
  const readings = new Map<Metric, MetricReadings>();
  const errors: unknown[] = [];
  const seriesOf = oncePerObservation(knownSeries.of);
  for (const group of groups) {
    for (const metric of group.metrics) readings.set(metric, { metric, points: [], changed: [] });
    try {
      group.read(input, (metric, value, observation) => {
        const ofMetric = readings.get(metric);
        if (ofMetric === undefined) return;
        const series = seriesOf(observation);
        const last = series.points.get(metric);
        const isSame = last?.value === value;
        if (!isSame) ofMetric.changed.push({ value, series, place: ofMetric.points.length });
        ofMetric.points.push(isSame ? last : undefined);
      });
    } catch (error) {
      errors.push(error);
    }
  }
  return { readings: [...readings.values()], errors };
}

/**
 * Some metrics as the SDK makes them of their readings: those of one MeterProvider. A data point has the number of its
 * reading as its attributes: the SDK renders those of every single one as JSON, to tell series apart.
 */
async function observe(readings: readonly MetricReadings[]): Promise<NumberMetricData[]> {
  const reader = new OneCollection();
  const views = readings.map(({ metric }) => viewOf(metric));
  const meter = new MeterProvider({ readers: [reader], views }).getMeter(scope.name);
  for (const { metric, changed } of readings) {
    const options = { description: metric.help };
    const instrument =
      metric.kind === 'counter'
        ? meter.createObservableCounter(instrumentName(metric), options)
        : meter.createObservableGauge(instrumentName(metric), options);
    instrument.addCallback((result) => changed.forEach(({ value }, reading) => result.observe(value, { reading })));
  }
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.filter(isNumberData));
}

function isNumberData(data: MetricData): data is NumberMetricData {
  return data.dataPointType === DataPointType.GAUGE || data.dataPointType === DataPointType.SUM;
}
