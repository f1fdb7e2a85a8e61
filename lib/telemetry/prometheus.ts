import { diag } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { MemoryShare } from '../memory-budget.ts';
import type { MetricGroup } from '../metrics/metric.ts';
import { type CollectOptions, type Collected, type Sources, createCollect } from './collect.ts';
import { type Format, renderExposition } from './exposition.ts';
import { prometheusNaming } from './naming.ts';
import { connectReader } from './sdk-reader.ts';

export interface BridgeOptions extends Sources, Pick<CollectOptions, 'now'> {
  /** The metrics, each of a name of its own. */
  readonly groups: readonly MetricGroup[];
  /** Prefix of every name, followed by an underscore; an empty string for none. */
  readonly namespace: string;
  /** Written after the own labels of every series. */
  readonly globalLabels: Readonly<Record<string, string>>;
  /** Whether OpenMetrics has a `_created` line for each counter whose start is known. */
  readonly createdTimestamps: boolean;
  /** What an exposition takes while it is made. */
  readonly pages: MemoryShare;
}

export interface ScrapeOptions {
  readonly timeoutMillis: number;
  readonly format: Format;
}

/** The Prometheus side of the pipeline. */
export interface PrometheusBridge {
  /**
   * The exposition in UTF-8, so early that it can be compressed within `timeoutMillis`. Scrapes that share a collection
   * get the very same bytes.
   */
  scrape(options: ScrapeOptions): Promise<Buffer>;
}

/** A page, and the one before it: V8 frees that late, since it counts next to nothing of what lies outside its heap. */
const keptPages = 2;

/**
 * One long-lived PrometheusExporter. Its own server stays off: it knows no content negotiation, authentication or TLS.
 */
export function createPrometheusBridge(options: BridgeOptions): PrometheusBridge {
  const { createdTimestamps, build } = options;
  const naming = prometheusNaming(options.namespace, options.globalLabels, options.groups);
  const pages = { share: options.pages, copies: createdTimestamps ? 2 * keptPages : keptPages };
  const collect = createCollect({ ...options, naming, unknownStart: 0, pages });

  let current: Collected | undefined;
  const { reader, inOrder } = connectReader({
    naming,
    build,
    collected: async () => {
      if (current === undefined) throw new Error('nothing is being scraped');
      return current;
    },
    create: (metricProducers) => new PrometheusExporter({ preventServerStart: true, metricProducers }),
  });
  const metricsOf = once(async (collected: Collected) => {
    current = collected;
    const collection = reader.collect();
    current = undefined;
    const { resourceMetrics, errors } = await collection;
    for (const error of errors) diag.error('a collection failed', error);
    return inOrder(resourceMetrics.scopeMetrics);
  });
  const pageOf = (format: Format) =>
    once(async (collected: Collected) =>
      renderExposition(await metricsOf(collected), {
        format,
        createdTimestamps,
        expectedBytes: collected.textBytes,
      }),
    );
  const pagesOf: Record<Format, (collected: Collected) => Promise<Buffer>> = {
    text: pageOf('text'),
    openmetrics: pageOf('openmetrics'),
  };
  return {
    scrape: async ({ timeoutMillis, format }) => {
      const collected = await collect(timeoutMillis);
      try {
        return await pagesOf[format](collected);
      } finally {
        collected.release();
      }
    },
  };
}

/** Makes something of each collection, once for all who share it. */
function once<Made>(make: (collected: Collected) => Promise<Made>): (collected: Collected) => Promise<Made> {
  const made = new WeakMap<Collected, Promise<Made>>();
  return (collected) => {
    const result = made.get(collected) ?? make(collected);
    made.set(collected, result);
    return result;
  };
}
