import type { BuildInfo } from './build-info.ts';
import type { LoadedSettings } from './config/settings.ts';
import { displayAddress } from './docker/address.ts';
import { openEngine } from './engine-access.ts';
import { createEngineLog } from './engine-log.ts';
import { pageRoutes, probeRoutes } from './http/pages.ts';
import { listen } from './http/server.ts';
import type { Logger } from './logging.ts';
import { createSnapshotSource } from './snapshot/source.ts';
import { createMetricProducer } from './telemetry/collection.ts';
import { createPrometheusBridge } from './telemetry/prometheus.ts';

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
export async function startAgent(loaded: LoadedSettings, build: BuildInfo, logger: Logger): Promise<Agent> {
  const { settings } = loaded;
  const { server, docker, collection, metrics } = settings;
  const { client, take } = await openEngine(loaded);
  const engineLog = createEngineLog(logger, displayAddress(docker.host));

  const source = createSnapshotSource({
    take,
    timeout: collection.timeout,
    interval: collection.interval,
    cacheTtl: metrics.cache.enabled ? metrics.cache.ttl : 0,
    now: Date.now,
    onSnapshot: engineLog.snapshot,
  });
  const bridge = createPrometheusBridge({
    producer: createMetricProducer({ source, build }),
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
      await Promise.all([main.close(stopGrace), probes?.close(stopGrace)]);
      source.stop();
      await bridge.shutdown();
      client.close();
    },
  };
}
