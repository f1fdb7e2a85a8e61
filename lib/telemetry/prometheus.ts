import { diag } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider, type MetricProducer } from '@opentelemetry/sdk-metrics';
import { type ExpositionOptions, type Format, createRenderer } from './exposition.ts';

export interface BridgeOptions extends ExpositionOptions {
  readonly producer: MetricProducer;
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

/**
 * One long-lived PrometheusExporter over a producer. Its own server stays off: it knows no content negotiation,
 * authentication or TLS.
 */
export function createPrometheusBridge({ producer, ...options }: BridgeOptions): PrometheusBridge {
  const exporter = new PrometheusExporter({ preventServerStart: true, metricProducers: [producer] });
  // The provider is what lets the exporter collect.
  void new MeterProvider({ readers: [exporter] });
  const render = createRenderer(options);
  const rendered: Record<Format, WeakMap<object, Promise<Buffer>>> = {
    text: new WeakMap(),
    openmetrics: new WeakMap(),
  };
  return {
    scrape: async ({ timeoutMillis, format }) => {
      const { resourceMetrics, errors } = await exporter.collect({ timeoutMillis });
      for (const error of errors) diag.error('a collection failed', error);
      // Each reader has a result of its own; what is in it is the producer's.
      const [collection = resourceMetrics] = resourceMetrics.scopeMetrics;
      const bytes = rendered[format].get(collection) ?? render(resourceMetrics, format);
      rendered[format].set(collection, bytes);
      return bytes;
    },
  };
}
