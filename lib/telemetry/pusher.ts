import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  MeterProvider,
  type MetricProducer,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { BuildInfo } from '../build-info.ts';
import type { PushFigures } from '../metrics/metric.ts';
import type { SnapshotSource } from '../snapshot/source.ts';
import { type DeltaExport, createDeltaTracker } from './deltas.ts';
import type { Naming } from './naming.ts';
import { collectOtelData } from './otel-data.ts';
import { type Transport, type TransportOptions, createTransport } from './otlp-transport.ts';
import type { Log } from '../logging.ts';
import { createPushStatus } from './push-status.ts';
import type { Resources } from './resources.ts';

export interface PusherOptions {
  readonly source: SnapshotSource;
  readonly build: BuildInfo;
  readonly naming: Naming;
  readonly resources: Resources;
  readonly transport: TransportOptions;
  /** Whether counters tell their increase since the last push. */
  readonly delta: boolean;
  /** Milliseconds between pushes. */
  readonly interval: number;
  /** The longest that a collection, and then a push, may take, in milliseconds. */
  readonly timeout: number;
  /** How long stopping may take, and how much of that the last collection. */
  readonly stopTimeoutMs: number;
  readonly lastCollectionTimeoutMs: number;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

export interface Pusher {
  figures(): PushFigures;
  /** Pushes once more, and ends within `stopTimeoutMs` whatever the collector does. */
  stop(): Promise<void>;
}

/** One push: what it tells, and the counters it tells it of. */
interface Push {
  readonly resources: readonly ResourceMetrics[];
  readonly deltas: DeltaExport | undefined;
}

/** Pushes every interval, the first time after one. Throws when a TLS file can't be used. */
export function startPusher(options: PusherOptions): Pusher {
  const { source, build, naming, resources, delta, log } = options;
  const timeout = Math.min(options.timeout, options.interval);
  const { url } = options.transport;
  const transport = createTransport({
    ...options.transport,
    timeout: Math.min(options.transport.timeout, timeout),
  });
  const status = createPushStatus(log, withoutQuery(url), Date.now);
  const book = delta ? createDeltaTracker() : undefined;
  let stopping = false;
  let next: Push = { resources: [], deltas: undefined };

  // The reader lays all that producers make under one resource, so the exporter takes it from here.
  const producer: MetricProducer = {
    collect: async ({ timeoutMillis = timeout } = {}) => {
      const limit = stopping ? Math.min(timeoutMillis, options.lastCollectionTimeoutMs) : timeoutMillis;
      const snapshot = await source.get({ timeoutMillis: limit });
      const deltas = book?.begin(snapshot);
      const scrape = { snapshot, build, pushes: status.figures() };
      next = { resources: collectOtelData(scrape, { naming, resources, deltas }), deltas };
      const scopeMetrics = next.resources.flatMap((resource) => resource.scopeMetrics);
      return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
    },
  };
  const exporter: PushMetricExporter = {
    export: (_, done) => {
      void push(transport, next, done);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };

  const push = async (
    { send }: Transport,
    { resources, deltas }: Push,
    done: (result: ExportResult) => void,
  ): Promise<void> => {
    const outcome = await send(resources);
    if (outcome.ok) {
      deltas?.commit();
      status.accepted(outcome.partly);
    } else {
      status.failed(outcome.reason);
    }
    // A failure is counted and logged by now; the reader would log it every time.
    done({ code: ExportResultCode.SUCCESS });
  };

  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: options.interval,
    exportTimeoutMillis: timeout,
    metricProducers: [producer],
  });
  const provider = new MeterProvider({ readers: [reader] });

  return {
    figures: status.figures,
    stop: async () => {
      stopping = true;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const alarm = setTimeout(resolve, options.stopTimeoutMs);
      await Promise.race([provider.shutdown(), late]);
      clearTimeout(alarm);
      transport.close();
    },
  };
}

/** A query may hold a token. */
function withoutQuery(url: string): string {
  return url.replace(/\?.*$/s, '');
}
