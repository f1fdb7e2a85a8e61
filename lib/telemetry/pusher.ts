import { type ExportResult, ExportResultCode, setGlobalErrorHandler } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { diag } from '@opentelemetry/api';
import {
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { messageOf } from '../error-message.ts';
import type { PushFigures } from '../metrics/metric.ts';
import { processStartedAt } from '../metrics/self.ts';
import { type Collected, type Sources, createCollect } from './collect.ts';
import { type DeltaTracker, createDeltaTracker, toDeltas } from './deltas.ts';
import type { Naming } from './naming.ts';
import { type OtlpExporterOptions, type Outcome, createOtlpExporter } from './otlp-exporter.ts';
import { inBatches } from './push-batches.ts';
import { createPushStatus } from './push-status.ts';
import type { Resources } from './resources.ts';
import { connectReader } from './sdk-reader.ts';

export interface PusherOptions extends Sources {
  readonly naming: Naming;
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
}

export interface Pusher {
  figures(): PushFigures;
  /** Pushes once more, and ends within `stopTimeoutMs` whatever the collector does. */
  stop(): Promise<void>;
}

/** Pushes every interval, the first time after one. Throws when a TLS file can't be used. */
export function startPusher(options: PusherOptions): Pusher {
  const { build, naming, resources, intervalMs, stopTimeoutMs, lastCollectionTimeoutMs, log } = options;
  const timeoutMs = Math.min(options.timeoutMs, intervalMs);
  // The reader would say at every push that it waited in vain.
  const pushTimeoutMs = Math.min(options.exporter.timeoutMs, 0.9 * timeoutMs);
  const otlp = createOtlpExporter({ ...options.exporter, timeoutMs: pushTimeoutMs });
  const status = createPushStatus(log, withoutQuery(options.exporter.url), Date.now);
  const deltas = options.delta ? createDeltaTracker(processStartedAt) : undefined;
  const collect = createCollect({ ...options, pushFigures: status.figures, unknownStart: processStartedAt });
  let stopping = false;
  let underWay: Promise<Collected> | undefined;
  let exporterResource = resourceFromAttributes({});

  const collectOnce = async (): Promise<Collected> => {
    try {
      const collected = await collect(stopping ? Math.min(timeoutMs, lastCollectionTimeoutMs) : timeoutMs);
      const { snapshot } = collected.input;
      exporterResource = resourceFromAttributes(resources.exporter(snapshot));
      deltas?.forgetMissing(snapshot);
      return collected;
    } catch (error) {
      status.failed(messageOf(error));
      throw error;
    } finally {
      underWay = undefined;
    }
  };

  const collected = (): Promise<Collected> => (underWay ??= collectOnce());

  /** Lets the first increases begin now rather than with the first push. */
  const beginDeltas = async (tracker: DeltaTracker): Promise<void> => {
    const { metrics } = await collected();
    toDeltas(metrics, tracker.begin());
  };

  /** In requests of a hundred containers each; one that is refused does not keep back the others. */
  const send = async ({ scopeMetrics }: ResourceMetrics): Promise<Outcome> => {
    const deadline = performance.now() + pushTimeoutMs;
    const [scope = { name: '' }] = scopeMetrics.map((each) => each.scope);
    let result: Outcome = { ok: true, partialSuccess: undefined };
    for (const batch of await inBatches(inOrder(scopeMetrics))) {
      const increases = deltas?.begin();
      const metrics = increases === undefined ? batch : toDeltas(batch, increases);
      const request = { resource: exporterResource, scopeMetrics: [{ scope, metrics }] };
      const outcome = await otlp.send(request, Math.max(0, deadline - performance.now()));
      if (outcome.ok) increases?.commit();
      // The first failure, else the last part that was not taken.
      if (result.ok && !(outcome.ok && outcome.partialSuccess === undefined)) result = outcome;
      if (!outcome.ok && !outcome.refused) break;
    }
    return result;
  };

  const push = async (collection: ResourceMetrics, done: (result: ExportResult) => void): Promise<void> => {
    const outcome = await send(collection);
    status.ended(outcome);
    if (outcome.ok) done({ code: ExportResultCode.SUCCESS });
    else done({ code: ExportResultCode.FAILED, error: new Error(outcome.reason) });
  };
  const exporter: PushMetricExporter = {
    export(collection, done) {
      void push(collection, done);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const { reader, inOrder } = connectReader({
    naming,
    build,
    collected,
    create: (metricProducers) =>
      new PeriodicExportingMetricReader({
        exporter,
        metricProducers,
        exportIntervalMillis: intervalMs,
        exportTimeoutMillis: timeoutMs,
      }),
  });
  // The reader reports every push that failed, which by then is counted, and logged where it is news.
  setGlobalErrorHandler((error) => diag.info('reported by the SDK', messageOf(error)));

  // Where that fails they begin with the first push.
  if (deltas !== undefined) beginDeltas(deltas).catch(() => undefined);

  return {
    figures: status.figures,
    stop: async () => {
      stopping = true;
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, stopTimeoutMs);
      await Promise.race([reader.shutdown(), late]);
      clearTimeout(timer);
      otlp.close();
    },
  };
}

/** A query may hold a token. */
function withoutQuery(url: string): string {
  return url.replace(/\?.*$/s, '');
}
