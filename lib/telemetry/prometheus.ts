import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, type MetricProducer, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type OpenMetricsOptions, serializeOpenMetrics } from './openmetrics.ts';

export interface BridgeOptions extends OpenMetricsOptions {
  readonly producer: MetricProducer;
}

/** The formats of an exposition: Prometheus' text format 0.0.4, and OpenMetrics 1.0.0. */
export type Format = 'text' | 'openmetrics';

export interface ScrapeOptions {
  readonly timeoutMillis: number;
  readonly format: Format;
}

/** The Prometheus side of the pipeline. */
export interface PrometheusBridge {
  /**
   * The exposition in UTF-8, at the latest shortly after `timeoutMillis`. Scrapes that share a collection get the very
   * same bytes.
   */
  scrape(options: ScrapeOptions): Promise<Buffer>;
  shutdown(): Promise<void>;
}

/**
 * One long-lived PrometheusExporter over a producer. Its own server stays off: it knows no content negotiation,
 * authentication or TLS. Global labels ride on the resource, which costs nothing per series before serialization.
 */
export function createPrometheusBridge({ producer, ...options }: BridgeOptions): PrometheusBridge {
  const { namespace, globalLabels } = options;
  const exporter = new PrometheusExporter({ preventServerStart: true, metricProducers: [producer] });
  const provider = new MeterProvider({ resource: resourceFromAttributes(globalLabels), readers: [exporter] });
  const everyLabel = Object.keys(globalLabels).length > 0 ? /^/ : undefined;
  const serializer = new PrometheusSerializer(namespace, false, everyLabel, true, true);
  const serialize: Readonly<Record<Format, (collected: ResourceMetrics) => string>> = {
    text: (collected) => serializer.serialize(collected),
    openmetrics: (collected) => serializeOpenMetrics(collected, options),
  };
  const rendered: Record<Format, WeakMap<object, Buffer>> = { text: new WeakMap(), openmetrics: new WeakMap() };
  return {
    scrape: async ({ timeoutMillis, format }) => {
      const { resourceMetrics } = await exporter.collect({ timeoutMillis });
      // Each reader has a result of its own; what is in it is the producer's.
      const [collection = resourceMetrics] = resourceMetrics.scopeMetrics;
      const known = rendered[format].get(collection);
      if (known !== undefined) return known;
      const bytes = Buffer.from(serialize[format](resourceMetrics));
      rendered[format].set(collection, bytes);
      return bytes;
    },
    shutdown: () => provider.shutdown(),
  };
}
