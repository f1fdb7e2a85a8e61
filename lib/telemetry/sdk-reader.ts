import { type Meter, type Observable, ValueType } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import { MeterProvider, type MetricProducer, type MetricReader, type ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { BuildInfo } from '../build-info.ts';
import type { Metric } from '../metrics/metric.ts';
import { processStartedAt } from '../metrics/self.ts';
import { type Collected, addUnlessItThrows } from './collect.ts';
import { type NumberMetricData, createMetricDataBuilder, hrTime, isNumberData } from './metric-data.ts';
import type { Naming } from './naming.ts';

export interface ReaderOptions<Reader extends MetricReader> {
  readonly naming: Naming;
  readonly build: BuildInfo;
  /** What is being collected: the SDK asks observables and producers for it in the same turn of the event loop. */
  readonly collected: () => Promise<Collected>;
  readonly create: (metricProducers: MetricProducer[]) => Reader;
}

/** A reader of the SDK and what it reads. */
export interface ConnectedReader<Reader extends MetricReader> {
  readonly reader: Reader;
  /** All metrics of a collection in the order of the catalogue. */
  readonly inOrder: (scopeMetrics: readonly ScopeMetrics[]) => NumberMetricData[];
}

/**
 * Connects a reader of the SDK. What lasts as long as the process (`exporter_*`, `process_*`, `nodejs_*`) it reads from
 * observables, with names by views. What comes and goes with containers it has from a producer: asynchronous instruments
 * never forget a series (opentelemetry-js #2997, #4096), and cost five times as much.
 */
export function connectReader<Reader extends MetricReader>(options: ReaderOptions<Reader>): ConnectedReader<Reader> {
  const { naming, build, collected } = options;
  const scope = { name: 'docker-stats-exporter', version: build.version };
  const nameOf = (metric: Metric): string => naming.describe(metric).name;
  const groups = naming.groups.filter(({ subject }) => subject === 'exporter');
  const metrics = groups.flatMap((group) => group.metrics);

  const reader = options.create([
    {
      collect: async () => {
        const scopeMetrics = [{ scope, metrics: [...(await collected()).metrics] }];
        return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
      },
    },
  ]);
  const views = metrics.map((metric) => ({ instrumentName: metric.otel.name, name: nameOf(metric) }));
  const meter = new MeterProvider({ readers: [reader], views }).getMeter(scope.name, scope.version);
  const instruments = new Map(metrics.map((metric) => [nameOf(metric), createInstrument(meter, metric, naming)]));
  let observed: ReadonlySet<string> = new Set();
  meter.addBatchObservableCallback(
    async (result) => {
      const { input, omissions } = await collected();
      const builder = createMetricDataBuilder({ naming, unknownStart: processStartedAt });
      for (const group of groups) addUnlessItThrows(builder, group, input, omissions);
      const found = builder.metrics();
      for (const { descriptor, dataPoints } of found) {
        const instrument = instruments.get(descriptor.name);
        for (const { value, attributes } of dataPoints) {
          if (instrument !== undefined) result.observe(instrument, value, attributes);
        }
      }
      observed = new Set(found.map(({ descriptor }) => descriptor.name));
    },
    [...instruments.values()],
  );

  const names = new Set(naming.groups.flatMap((group) => group.metrics.map(nameOf)));
  return {
    reader,
    inOrder: (scopeMetrics) => {
      const byName = new Map(scopeMetrics.flatMap((each) => each.metrics).map((data) => [data.descriptor.name, data]));
      return [...names].flatMap((name) => {
        const data = byName.get(name);
        if (data === undefined || !isNumberData(data)) return [];
        if (!instruments.has(name)) return [data];
        // The SDK repeats what is no longer observed, and starts everything when it was first collected.
        return observed.has(name) ? [sinceProcessStart(data)] : [];
      });
    },
  };
}

const processStart = hrTime(processStartedAt);

function createInstrument(meter: Meter, metric: Metric, naming: Naming): Observable {
  const { instrument, unit } = naming.describe(metric);
  const valueType = metric.unit === 's' ? ValueType.DOUBLE : ValueType.INT;
  const options = { description: metric.help, unit, valueType };
  const { name } = metric.otel;
  if (instrument === 'counter') return meter.createObservableCounter(name, options);
  if (instrument === 'gauge') return meter.createObservableGauge(name, options);
  return meter.createObservableUpDownCounter(name, options);
}

function sinceProcessStart(data: NumberMetricData): NumberMetricData {
  const dataPoints = data.dataPoints.map((point) => ({
    ...point,
    startTime: processStart,
    // The clock may have been set back since.
    endTime: point.endTime[0] < processStart[0] ? processStart : point.endTime,
  }));
  return { ...data, dataPoints };
}
