import { randomUUID } from 'node:crypto';
import type { BuildInfo } from './build-info.ts';
import type { LoadedSettings, Settings } from './config/settings.ts';
import { displayAddress } from './docker/address.ts';
import { openEngine } from './engine-access.ts';
import { createEngineLog } from './snapshot/engine-log.ts';
import { createAuthenticator } from './http/authentication.ts';
import { createBcrypt } from './http/bcrypt.ts';
import { createContainerFeed } from './http/container-feed.ts';
import { startHttp } from './http/http.ts';
import type { Logger } from './logging.ts';
import { readProcess } from './metrics/self.ts';
import { startReload } from './config/reload.ts';
import { type SnapshotSource, createSnapshotSource } from './snapshot/source.ts';
import { createMetricProducer } from './telemetry/collection.ts';
import { createPrometheusBridge } from './telemetry/prometheus.ts';
import type { Pusher } from './telemetry/pusher.ts';
import { renewTls } from './http/tls-renewal.ts';

export interface Agent {
  /** Where /metrics is served. */
  readonly address: string;
  readonly port: number;
  /** Reads settings and certificates anew. What is no good is logged, and the old stays. */
  reload(): void;
  /** Ends within 10 s: scrapes under way may finish. */
  stop(): Promise<void>;
}

/** A readiness probe's patience, in milliseconds. */
const pingTimeout = 2_000;

/** Milliseconds that scrapes under way get when the agent is told to stop. */
const stopGrace = 5_000;

/** Milliseconds between two looks at files that may change: settings, passwords, certificates. */
const watchInterval = 1_000;

/**
 * Puts the parts together and listens. `load` reads the settings anew. Rejects when the address or a certificate can't
 * be had.
 */
export async function startAgent(
  loaded: LoadedSettings,
  build: BuildInfo,
  logger: Logger,
  load: () => LoadedSettings = () => loaded,
): Promise<Agent> {
  const { settings } = loaded;
  const { server, docker, collection, metrics } = settings;
  const { client, collect } = await openEngine(loaded, () => live.settings.collection.filters);
  const logSnapshot = createEngineLog(logger, displayAddress(docker.host));

  const source = createSnapshotSource({
    collect,
    timeout: collection.timeout,
    interval: collection.interval,
    cacheTtl: metrics.cache.enabled ? metrics.cache.ttl : 0,
    now: Date.now,
    onSnapshot: (snapshot) => {
      logSnapshot(snapshot);
      feed.observe(snapshot);
    },
  });
  const feed = createContainerFeed({ snapshot: () => source.get(), now: Date.now });
  const pusher = settings.otlp.enabled ? await createPusher(settings, source, build, logger) : undefined;
  const producer = createMetricProducer({
    source,
    build,
    pushFigures: pusher?.figures,
    self: async () => ({
      reload: reloading.facts(),
      process: live.settings.metrics.process ? await readProcess() : undefined,
    }),
  });
  const bcrypt = createBcrypt();

  /** What a reload replaces. */
  const partsFor = ({ settings, users, headers }: LoadedSettings) => ({
    settings,
    bridge: createPrometheusBridge({
      producer,
      namespace: settings.metrics.namespace,
      globalLabels: Object.fromEntries(settings.metrics.global_labels),
    }),
    authenticate:
      users.size === 0 ? undefined : createAuthenticator({ users, bcrypt, now: () => globalThis.performance.now() }),
    headers: Object.fromEntries(headers),
    maxScrapes: settings.server.max_scrapes,
  });
  let live = partsFor(loaded);

  const reloading = startReload({
    loaded,
    load,
    apply: (next) => {
      const { bridge } = live;
      live = partsFor(next);
      logger.level = next.settings.logging.level;
      // Its scrapes under way end as they would have.
      void bridge.shutdown();
    },
    logger,
    interval: watchInterval,
    now: Date.now,
  });

  const face = await startHttp({
    server,
    build,
    timeout: collection.timeout,
    live: () => live,
    containers: feed.get,
    ready: () =>
      client.ping({ milliseconds: pingTimeout }).then(
        () => true,
        () => false,
      ),
    onError: (path, error) => {
      logger.error('request failed', { path, error: error instanceof Error ? error.stack : String(error) });
    },
  });
  const { main, probes } = face;
  if (probes !== undefined) logger.info('listening for probes', { address: probes.address, port: probes.port });
  logger.info('listening', { address: main.address, port: main.port, version: build.version });

  const tls = face.tls && renewTls({ ...face.tls, server: main, logger, interval: watchInterval });
  source.start();
  // A scrape before the first one: the log tells how the engine is, and whoever comes finds all compiled and inspected.
  void live.bridge.scrape({ timeoutMillis: collection.timeout, format: 'text' });

  return {
    address: main.address,
    port: main.port,
    reload: () => {
      reloading.reload();
      tls?.renew();
    },
    stop: async () => {
      reloading.stop();
      tls?.stop();
      await Promise.all([face.close(stopGrace), pusher?.stop()]);
      source.stop();
      await Promise.all([live.bridge.shutdown(), bcrypt.close()]);
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
