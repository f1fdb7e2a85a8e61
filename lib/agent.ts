import { randomUUID } from 'node:crypto';
import type { BuildInfo } from './build-info.ts';
import type { LoadedSettings, Settings } from './config/settings.ts';
import { displayAddress } from './docker/address.ts';
import { createDockerClient } from './docker/client.ts';
import { createEngineLog } from './engine-log.ts';
import { pageRoutes, probeRoutes } from './http/pages.ts';
import { listen } from './http/server.ts';
import type { Logger } from './logging.ts';
import { type SnapshotSource, createSnapshotSource } from './snapshot/source.ts';
import { createTaker } from './snapshot/taking.ts';
import { createMetricProducer } from './telemetry/collection.ts';
import { createPrometheusBridge } from './telemetry/prometheus.ts';
import type { Pusher } from './telemetry/pusher.ts';

export interface Agent {
  /** Where /metrics is served. */
  readonly address: string;
  readonly port: number;
  /** Ends within 10 s: scrapes under way may finish. */
  stop(): Promise<void>;
}

/** A readiness probe's patience, in milliseconds. */
const pingTimeout = 2_000;

/** Milliseconds that scrapes under way get when the agent is told to stop. */
const stopGrace = 5_000;

/** Puts the parts together and listens. Rejects when the address or a certificate can't be had. */
export async function startAgent(
  { settings, origins }: LoadedSettings,
  build: BuildInfo,
  logger: Logger,
): Promise<Agent> {
  const { server, docker, collection, metrics, performance } = settings;
  const client = await createDockerClient(
    {
      host: docker.host,
      tls: {
        enabled: docker.tls.enabled,
        verify: docker.tls.verify,
        caFile: docker.tls.ca_cert,
        certFile: docker.tls.cert,
        keyFile: docker.tls.key,
      },
    },
    docker.api_version,
  );
  const engineLog = createEngineLog(logger, displayAddress(docker.host));

  const source = createSnapshotSource({
    take: createTaker({
      client,
      filters: collection.filters,
      collectors: collection.collectors,
      maxConcurrent: performance.max_concurrent,
      maxWaiting: origins.get('performance.max_concurrent') === 'default' ? performance.max_waiting : undefined,
      now: Date.now,
    }),
    timeout: collection.timeout,
    interval: collection.interval,
    cacheTtl: metrics.cache.enabled ? metrics.cache.ttl : 0,
    now: Date.now,
    onSnapshot: engineLog.snapshot,
  });
  const pusher = settings.otlp.enabled ? await createPusher(settings, source, build, logger) : undefined;
  const bridge = createPrometheusBridge({
    producer: createMetricProducer({ source, build, pushFigures: pusher?.figures }),
    namespace: metrics.namespace,
    globalLabels: Object.fromEntries(metrics.global_labels),
  });

  const pages = {
    paths: { metrics: server.metrics_path, health: server.health_path, ready: server.ready_path },
    build,
    timeout: collection.timeout,
    scrape: bridge.scrape,
    ready: () =>
      client.ping({ milliseconds: pingTimeout }).then(
        () => true,
        () => false,
      ),
  };
  const onError = (path: string, error: unknown): void => {
    logger.error('request failed', { path, error: error instanceof Error ? error.stack : String(error) });
  };
  const main = await listen({ address: server.address, port: server.port, routes: pageRoutes(pages), onError });
  const probes =
    server.health_port === undefined
      ? undefined
      : await listen({ address: server.address, port: server.health_port, routes: probeRoutes(pages), onError });
  if (probes !== undefined) logger.info('listening for probes', { address: probes.address, port: probes.port });
  logger.info('listening', { address: main.address, port: main.port, version: build.version });

  source.start();
  client.ping({ milliseconds: pingTimeout }).then(engineLog.reached, (error: Error) => engineLog.missed(error.message));

  return {
    address: main.address,
    port: main.port,
    stop: async () => {
      await Promise.all([main.close(stopGrace), probes?.close(stopGrace), pusher?.stop()]);
      source.stop();
      await bridge.shutdown();
      client.close();
    },
  };
}

/** What pushing needs is loaded only here, where it is wanted. */
async function createPusher(
  { otlp, metrics }: Settings,
  source: SnapshotSource,
  build: BuildInfo,
  logger: Logger,
): Promise<Pusher> {
  const { prometheusNaming, semconvNaming } = await import('./telemetry/naming.ts');
  const { createResources } = await import('./telemetry/resources.ts');
  const { startPusher } = await import('./telemetry/pusher.ts');
  return startPusher({
    source,
    build,
    naming:
      otlp.naming === 'semconv'
        ? semconvNaming
        : prometheusNaming(metrics.namespace, Object.fromEntries(metrics.global_labels)),
    resources: createResources({
      serviceName: otlp.service_name,
      instanceId: randomUUID(),
      build,
      attributes: otlp.resource_attributes,
    }),
    transport: {
      url: otlp.metrics_endpoint,
      headers: Object.fromEntries(otlp.headers),
      compression: otlp.compression,
      timeout: otlp.timeout,
      certificateFile: otlp.certificate,
      clientCertificateFile: otlp.client_certificate,
      clientKeyFile: otlp.client_key,
    },
    delta: otlp.temporality_preference === 'delta',
    interval: otlp.export_interval,
    timeout: otlp.export_timeout,
    log: logger,
  });
}
