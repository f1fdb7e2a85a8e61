import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, type MetricProducer } from '@opentelemetry/sdk-metrics';

export interface BridgeOptions {
  readonly producer: MetricProducer;
  /** Goes before every name, with an underscore; an empty string for none. */
  readonly namespace: string;
  /** Written after the own labels of every series. */
  readonly globalLabels: Readonly<Record<string, string>>;
}

/** The Prometheus side of the pipeline. */
export interface PrometheusBridge {
  /** The exposition in text format 0.0.4, at the latest shortly after `timeoutMillis`. */
  scrape(limits: { readonly timeoutMillis: number }): Promise<string>;
  shutdown(): Promise<void>;
}

/**
 * One long-lived PrometheusExporter over a producer. Its own server stays off: it knows no content negotiation,
 * authentication or TLS. Global labels ride on the resource, which costs nothing per series before serialization.
 */
export function createPrometheusBridge({ producer, namespace, globalLabels }: BridgeOptions): PrometheusBridge {
  const exporter = new PrometheusExporter({ preventServerStart: true, metricProducers: [producer] });
  const provider = new MeterProvider({ resource: resourceFromAttributes(globalLabels), readers: [exporter] });
  const everyLabel = Object.keys(globalLabels).length > 0 ? /^/ : undefined;
  const serializer = new PrometheusSerializer(namespace, false, everyLabel, true, true);
  return {
    scrape: async (limits) => {
      const { resourceMetrics } = await exporter.collect(limits);
      return serializer.serialize(resourceMetrics);
    },
    shutdown: () => provider.shutdown(),
  };
}
