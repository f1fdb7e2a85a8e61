import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  type CollectionResult,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PeriodicExportingMetricReaderOptions,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { BuildInfo } from '../build-info.ts';
import type { Log } from '../logging.ts';
import type { LabelSelection } from '../metrics/container-labels.ts';
import type { PushFigures } from '../metrics/metric.ts';
import type { SnapshotSource } from '../snapshot/source.ts';
import { type DeltaExport, createDeltaTracker } from './deltas.ts';
import type { Naming } from './naming.ts';
import { collectOtelData } from './otel-data.ts';
import { type OtlpExporterOptions, createOtlpExporter } from './otlp-exporter.ts';
import { createPushStatus } from './push-status.ts';
import type { Resources } from './resources.ts';

export interface PusherOptions {
  readonly source: SnapshotSource;
  readonly build: BuildInfo;
  readonly naming: Naming;
  readonly selectedLabels: LabelSelection | undefined;
  readonly resources: Resources;
  readonly exporter: OtlpExporterOptions;
  /** Whether counters are pushed as the increase since the last accepted push. */
  readonly delta: boolean;
  readonly intervalMs: number;
  /** Timeout of a collection, and again of a push. */
  readonly timeoutMs: number;
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

/** One push. The SDK's metrics have one resource; here each container is one. */
interface Push extends ResourceMetrics {
  readonly resources: readonly ResourceMetrics[];
  /** The counters that it reports as increases. */
  readonly deltas: DeltaExport | undefined;
}

/** The SDK's reader with its timer, timeouts and last flush, over snapshots instead of instruments. */
class SnapshotReader extends PeriodicExportingMetricReader {
  readonly #collectPush: () => Promise<Push>;

  constructor(collectPush: () => Promise<Push>, options: PeriodicExportingMetricReaderOptions) {
    super(options);
    this.#collectPush = collectPush;
  }

  override async collect(): Promise<CollectionResult> {
    return { resourceMetrics: await this.#collectPush(), errors: [] };
  }
}

/** Pushes every interval, the first time after one. Throws when a TLS file can't be used. */
export function startPusher(options: PusherOptions): Pusher {
  const { source, build, naming, selectedLabels, resources, intervalMs, stopTimeoutMs, lastCollectionTimeoutMs, log } =
    options;
  const timeoutMs = Math.min(options.timeoutMs, intervalMs);
  const otlp = createOtlpExporter({
    ...options.exporter,
    timeoutMs: Math.min(options.exporter.timeoutMs, timeoutMs),
  });
  const status = createPushStatus(log, withoutQuery(options.exporter.url), Date.now);
  const deltaTracker = options.delta ? createDeltaTracker() : undefined;
  let stopping = false;

  const collectPush = async (): Promise<Push> => {
    const timeoutMillis = stopping ? Math.min(timeoutMs, lastCollectionTimeoutMs) : timeoutMs;
    const snapshot = await source.get({ timeoutMillis });
    const deltas = deltaTracker?.begin(snapshot);
    const input = { snapshot, build, selectedLabels, pushes: status.figures() };
    const all = collectOtelData(input, { naming, resources, deltas });
    return {
      resource: emptyResource(),
      scopeMetrics: all.flatMap(({ scopeMetrics }) => scopeMetrics),
      resources: all,
      deltas,
    };
  };

  const send = async (push: Push, done: (result: ExportResult) => void): Promise<void> => {
    const outcome = await otlp.send(push.resources);
    if (outcome.ok) {
      push.deltas?.commit();
      status.accepted(outcome.partialSuccess);
    } else {
      status.failed(outcome.reason);
    }
    // A failure is counted and logged by now; the reader would log it every time.
    done({ code: ExportResultCode.SUCCESS });
  };
  const exporter: PushMetricExporter = {
    export(push: Push, done) {
      void send(push, done);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const reader = new SnapshotReader(collectPush, {
    exporter,
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
  });
  const provider = new MeterProvider({ readers: [reader] });

  return {
    figures: status.figures,
    stop: async () => {
      stopping = true;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, stopTimeoutMs);
      await Promise.race([provider.shutdown(), late]);
      clearTimeout(timer);
      otlp.close();
    },
  };
}

/** A query may hold a token. */
function withoutQuery(url: string): string {
  return url.replace(/\?.*$/s, '');
}
