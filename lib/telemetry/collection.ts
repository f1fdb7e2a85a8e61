import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  type CollectionResult,
  type DataPoint,
  AggregationTemporality,
  MeterProvider,
  type MetricCollectOptions,
  type MetricProducer,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import type { BuildInfo } from '../build-info.ts';
import { catalogue } from '../metrics/catalogue.ts';
import type { LabelSelection } from '../metrics/container-labels.ts';
import type { CollectionInput, Metric, Observation, PushFigures } from '../metrics/metric.ts';
import type { SelfFacts } from '../metrics/self.ts';
import type { Snapshot } from '../snapshot/facts.ts';
import type { SnapshotSource } from '../snapshot/source.ts';
import { hrTime } from './hr-time.ts';

export interface ProducerOptions {
  readonly source: SnapshotSource;
  readonly build: BuildInfo;
  /** The exporter's own process and settings; left out where they are not shown. */
  readonly self?: () => Promise<SelfFacts>;
  /** The labels of containers to show; undefined for none. */
  readonly selectedLabels?: LabelSelection | undefined;
  /** How pushing goes; left out where nothing is pushed. */
  readonly pushFigures?: (() => PushFigures) | undefined;
}

/** Reads one collection, and lives no longer than that. */
class OneCollection extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

const metrics: readonly Metric[] = catalogue.flatMap((group) => group.metrics);

/**
 * Views give each instrument its exact name on /metrics, and lift the SDK's limit of 2000 series, beyond which it would
 * fold everything into one overflow series.
 */
const views = metrics.map((metric) => ({
  instrumentName: instrumentName(metric),
  name: metric.name,
  aggregationCardinalityLimit: Number.MAX_SAFE_INTEGER,
}));

/** The OpenTelemetry name. Rows that share one are different metrics here, so their fixed attributes are part of it. */
function instrumentName({ otel }: Metric): string {
  return [otel.name, ...Object.values(otel.attributes)].join('.');
}

/**
 * A producer of metric data, to be given to long-lived readers. Each collection takes a snapshot and owns a
 * MeterProvider that is dropped afterwards: the SDK's asynchronous instruments never forget a series
 * (opentelemetry-js #2997, #4096), and keep counters as sums of differences. So what is not in the snapshot is not in
 * the result, every value is the engine's own, and nothing grows. Readers that wait for the same snapshot get the same
 * result.
 */
export function createMetricProducer({
  source,
  build,
  selectedLabels,
  self,
  pushFigures,
}: ProducerOptions): MetricProducer {
  const underWay = new Map<Snapshot, Promise<CollectionResult>>();
  const collectWithSelf = async (snapshot: Snapshot): Promise<CollectionResult> =>
    collect({ snapshot, build, selectedLabels, self: await self?.(), pushes: pushFigures?.() });
  return {
    collect: async (options?: MetricCollectOptions): Promise<CollectionResult> => {
      const snapshot = await source.get({ timeoutMillis: options?.timeoutMillis });
      const shared = underWay.get(snapshot) ?? collectWithSelf(snapshot).finally(() => underWay.delete(snapshot));
      underWay.set(snapshot, shared);
      return shared;
    },
  };
}

/** One snapshot as OpenTelemetry metric data, under the catalogue's names and in its order. */
async function collect(input: CollectionInput): Promise<CollectionResult> {
  const reader = new OneCollection();
  const meter = new MeterProvider({ readers: [reader], views }).getMeter('docker-stats-exporter');
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
      for (const group of catalogue) {
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
  let last: Observation<unknown> | undefined;
  let number: Attributes = {};
  return {
    // All values of one observation come one after another.
    numberOf: (observation) => {
      if (observation !== last) {
        const { attributes, startedAt } = observation;
        last = observation;
        number = { series: series.length };
        series.push({ attributes, startTime: startedAt === undefined ? unknownTime : hrTime(startedAt) });
      }
      return number;
    },
    of: ({ series: index }) => series[Number(index)],
  };
}

/** OpenTelemetry's value for a start that is not known; the SDK would put the time of the collection there. */
const unknownTime: HrTime = [0, 0];
