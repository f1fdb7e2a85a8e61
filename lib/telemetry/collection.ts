import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  type CollectionResult,
  type DataPoint,
  type MetricData,
  AggregationTemporality,
  MeterProvider,
  type MetricCollectOptions,
  type MetricProducer,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import type { BuildInfo } from '../build-info.ts';
import { catalogue } from '../metrics/catalogue.ts';
import type { Metric, MetricGroup } from '../metrics/metric.ts';
import type { SelfFacts } from '../metrics/self.ts';
import type { Observation, PushFigures, CollectionInput } from '../metrics/metric.ts';
import type { ContainerFacts, Snapshot } from '../snapshot/facts.ts';
import type { SnapshotSource } from '../snapshot/source.ts';
import { createYield } from './breather.ts';

export interface ProducerOptions {
  readonly source: SnapshotSource;
  readonly build: BuildInfo;
  /** What the exporter tells of itself; left out where it tells nothing. */
  readonly self?: () => Promise<SelfFacts>;
  /** What to tell of pushing, where metrics are pushed. */
  readonly pushFigures?: (() => PushFigures) | undefined;
}

/** Reads what one collection observed; it lives no longer than that. */
class OneCollection extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

const metrics: readonly Metric[] = catalogue.flatMap((group) => group.metrics);

/**
 * Views give each instrument its exact name, and lift the SDK's cap of 2000 series, beyond which it would fold
 * everything into one overflow series.
 */
const views = metrics.map((metric) => ({
  instrumentName: instrumentName(metric),
  name: metric.name,
  aggregationCardinalityLimit: Number.MAX_SAFE_INTEGER,
}));

/** OpenTelemetry's style: dots between words, no suffix for counters. */
function instrumentName({ name }: Metric): string {
  return name.replace(/_total$/, '').replaceAll('_', '.');
}

/**
 * A producer of metric data, to be given to long-lived readers. Each collection takes a snapshot and owns a
 * MeterProvider that is dropped afterwards: the SDK's asynchronous instruments never forget a series, and keep
 * counters as sums of differences. So what is not in the snapshot is not in the result, every value is the
 * engine's own, and nothing grows. Readers that wait for the same snapshot get the same result.
 */
export function createMetricProducer({ source, build, self, pushFigures }: ProducerOptions): MetricProducer {
  const underWay = new Map<Snapshot, Promise<CollectionResult>>();
  const collectWithSelf = async (snapshot: Snapshot): Promise<CollectionResult> =>
    collect({ snapshot, build, self: await self?.(), pushes: pushFigures?.() });
  return {
    collect: async (options?: MetricCollectOptions): Promise<CollectionResult> => {
      const snapshot = await source.get({ timeoutMillis: options?.timeoutMillis });
      const shared = underWay.get(snapshot) ?? collectWithSelf(snapshot).finally(() => underWay.delete(snapshot));
      underWay.set(snapshot, shared);
      return shared;
    },
  };
}

/**
 * Containers that are collected in one go. What the SDK needs for so few is gone before the garbage collector moves it
 * to where garbage is dear; fewer still, and making the instruments anew costs more than that saves.
 */
const portion = 50;

const containerGroups = catalogue.filter(({ labels }) => labels.includes('container_name'));

/** One snapshot as OpenTelemetry metric data, under the catalogue's names and in its order. */
async function collect(scrape: CollectionInput): Promise<CollectionResult> {
  const { containers } = scrape.snapshot;
  const breathe = createYield();
  const result = await collectPortion(scrape, containers.slice(0, portion), catalogue);
  const families = new Map(metricsIn(result).map((metric) => [metric.descriptor.name, metric]));
  for (let begin = portion; begin < containers.length; begin += portion) {
    await breathe();
    const more = await collectPortion(scrape, containers.slice(begin, begin + portion), containerGroups);
    result.errors.push(...more.errors);
    for (const metric of metricsIn(more)) {
      const points = families.get(metric.descriptor.name)?.dataPoints as DataPoint<unknown>[] | undefined;
      if (points === undefined) families.set(metric.descriptor.name, metric);
      else for (const point of metric.dataPoints) points.push(point);
    }
  }
  const inOrder = metrics.flatMap(({ name }) => families.get(name) ?? []);
  const scopeMetrics = result.resourceMetrics.scopeMetrics.map(({ scope }) => ({ scope, metrics: inOrder }));
  return { ...result, resourceMetrics: { ...result.resourceMetrics, scopeMetrics } };
}

function metricsIn({ resourceMetrics }: CollectionResult): MetricData[] {
  return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
}

/** What some groups show of some containers of a snapshot. */
async function collectPortion(
  { snapshot, ...rest }: CollectionInput,
  containers: readonly ContainerFacts[],
  groups: readonly MetricGroup[],
): Promise<CollectionResult> {
  const scrape = { ...rest, snapshot: { ...snapshot, containers } };
  const reader = new OneCollection();
  const meter = new MeterProvider({ readers: [reader], views }).getMeter('docker-stats-exporter');
  const instruments = new Map(
    groups
      .flatMap((group) => group.metrics)
      .map((metric) => {
        const options = { description: metric.help };
        return metric.kind === 'counter'
          ? [metric, meter.createObservableCounter(instrumentName(metric), options)]
          : [metric, meter.createObservableGauge(instrumentName(metric), options)];
      }),
  );
  const series = createSeriesKeys();
  meter.addBatchObservableCallback(
    (result) => {
      for (const group of groups) {
        group.read(scrape, (metric, value, observed) => {
          const instrument = instruments.get(metric);
          if (instrument !== undefined) result.observe(instrument, value, series.keyOf(observed));
        });
      }
    },
    [...instruments.values()],
  );
  const collected = await reader.collect();
  for (const { dataPoints } of metricsIn(collected)) {
    for (const point of dataPoints) Object.assign(point, series.of(point.attributes));
  }
  return collected;
}

/** What a data point tells of its series. */
type Series = Pick<DataPoint<number>, 'attributes' | 'startTime'>;

/**
 * The SDK renders the attributes of every single observation as JSON, to tell series apart. So a series is observed
 * under its number alone, and gets its attributes when the points come back.
 */
function createSeriesKeys(): {
  keyOf(observed: Observation<unknown>): Attributes;
  of(key: Attributes): Series | undefined;
} {
  const series: Series[] = [];
  let last: Observation<unknown> | undefined;
  let key: Attributes = {};
  return {
    // All figures of one thing come one after another.
    keyOf: (observed) => {
      if (observed !== last) {
        const { attributes, startedAt } = observed;
        last = observed;
        key = { series: series.length };
        series.push({ attributes, startTime: startedAt === undefined ? unknownTime : hrTime(startedAt) });
      }
      return key;
    },
    of: ({ series: number }) => series[Number(number)],
  };
}

/** OpenTelemetry's word for a start that is not known; the SDK would put the time of the collection there. */
const unknownTime: HrTime = [0, 0];

/** Unix seconds as seconds and nanoseconds. */
export function hrTime(unixSeconds: number): HrTime {
  const whole = Math.floor(unixSeconds);
  return [whole, Math.round((unixSeconds - whole) * 1e9)];
}
