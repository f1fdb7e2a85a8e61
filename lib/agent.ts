import type { BuildInfo } from './build-info.ts';
import { startReload } from './config/reload.ts';
import type { LoadedSettings, Settings } from './config/settings.ts';
import { displayAddress } from './docker/address.ts';
import { type DockerClient, createDockerClient } from './docker/client.ts';
import type { ExaminedEngine } from './doctor/doctor.ts';
import type { Filters } from './inventory/filters.ts';
import { type Inventory, createInventory } from './inventory/inventory.ts';
import { keptLabels } from './inventory/labels.ts';
import { createAuthenticator } from './http/authentication.ts';
import { createBcrypt } from './http/bcrypt.ts';
import { createContainerFeed } from './http/container-feed.ts';
import { startHttp } from './http/http.ts';
import type { Logger } from './logging.ts';
import { type MemoryBudget, createMemoryBudget } from './memory-budget.ts';
import { cadvisorCatalogue, isCadvisorLabel } from './metrics/cadvisor.ts';
import { catalogue } from './metrics/catalogue.ts';
import { selectKeys, selectLabels } from './metrics/container-labels.ts';
import { readProcess } from './metrics/self.ts';
import { type CollectSnapshot, createCollector } from './snapshot/collector.ts';
import { type DiskCollector, createDiskCollector } from './snapshot/disk-collector.ts';
import { createEngineLog } from './snapshot/engine-log.ts';
import { createSnapshotSource } from './snapshot/source.ts';
import type { Sources } from './telemetry/collect.ts';
import { createPrometheusBridge } from './telemetry/prometheus.ts';
import type { Pusher } from './telemetry/pusher.ts';

export interface Agent {
  /** Where /metrics is served. */
  readonly address: string;
  readonly port: number;
  /** Reads settings and certificates again. Invalid ones are logged, and the current ones stay. */
  reload(): void;
  /** Ends within 10 s: scrapes under way may finish. */
  stop(): Promise<void>;
}

/**
 * How long stopping may take. Docker kills after 10 s, so the whole process has less; requests under way and the last
 * push run side by side within that, and the last collection is a part of the last push.
 */
export const stopBudgetsMs = {
  process: 9_500,
  requests: 5_000,
  push: 6_000,
  lastCollection: 2_500,
} as const;

const readinessTimeoutMs = 2_000;

/** How often files that may change are looked at: settings, passwords, certificates. */
const watchIntervalMs = 1_000;

/**
 * Puts the parts together and listens. `load` reads the settings again. Rejects when the address is taken or a
 * certificate can't be used.
 */
export async function startAgent(
  loaded: LoadedSettings,
  build: BuildInfo,
  logger: Logger,
  load: () => LoadedSettings = () => loaded,
): Promise<Agent> {
  const { server, docker, collection, metrics, otlp } = loaded.settings;

  /** What a reload replaces. The parts below look up what may change each time they use it. */
  let live = loaded;
  const reloading = startReload({
    loaded,
    load,
    apply: (next) => {
      live = next;
      logger.level = next.settings.logging.level;
    },
    logger,
    intervalMs: watchIntervalMs,
    now: Date.now,
  });

  const budget = createMemoryBudget();
  const { client, disk, collect } = await connectEngine(loaded, () => live.settings.collection.filters, budget);
  const engineLog = createEngineLog(logger, displayAddress(docker.host));
  const source = createSnapshotSource({
    collect,
    timeout: collection.timeout,
    interval: collection.interval,
    cacheTtl: metrics.cache.enabled ? metrics.cache.ttl : 0,
    onSnapshot: engineLog.observe,
  });

  const sources = {
    source,
    build,
    selectedLabels: selectLabels(metrics.container_labels),
    self: async () => ({
      reload: reloading.facts(),
      process: live.settings.metrics.process ? await readProcess() : undefined,
    }),
    omitted: { container: 0, system: 0 },
    log: logger,
  };
  const pusher = otlp.enabled ? await createPusher(loaded.settings, sources) : undefined;
  const shown = { ...sources, pushFigures: pusher?.figures, pages: budget.pages };
  const bridge = perReload(
    () => live,
    ({ settings }) =>
      createPrometheusBridge({
        ...shown,
        groups: catalogue,
        namespace: settings.metrics.namespace,
        globalLabels: Object.fromEntries(settings.metrics.global_labels),
        createdTimestamps: settings.metrics.created_timestamps,
      }),
  );
  const cadvisorBridge = perReload(
    () => live,
    ({ settings }) =>
      createPrometheusBridge({
        ...shown,
        groups: cadvisorCatalogue,
        // Its names are cAdvisor's, and so are its own labels.
        namespace: '',
        globalLabels: Object.fromEntries(
          [...settings.metrics.global_labels].filter(([name]) => !isCadvisorLabel(name)),
        ),
        createdTimestamps: settings.metrics.created_timestamps,
      }),
  );

  const bcrypt = createBcrypt();
  const authenticate = perReload(
    () => live,
    ({ users }) => (users.size === 0 ? undefined : createAuthenticator({ users, bcrypt })),
  );
  const containers = createContainerFeed({
    snapshot: () => source.get(),
    awaySince: engineLog.awaySince,
  });
  const http = await startHttp({
    server,
    build,
    timeoutMs: collection.timeout,
    scrape: (options) => bridge().scrape(options),
    scrapeCadvisor: (options) => cadvisorBridge().scrape(options),
    containers,
    doctor: () => diagnosisOf(live, { client, snapshot: () => source.get() }),
    ready: () =>
      client.ping({ milliseconds: readinessTimeoutMs }).then(
        () => true,
        () => false,
      ),
    live: () => ({
      authenticate: authenticate(),
      headers: Object.fromEntries(live.headers),
      maxScrapes: live.settings.server.max_scrapes,
      allowedHosts: live.settings.server.allowed_hosts,
    }),
    budget,
    watchIntervalMs,
    logger,
  });
  const { main, probes } = http;
  if (probes !== undefined) logger.info('listening for probes', { address: probes.address, port: probes.port });
  logger.info('listening', { address: main.address, port: main.port, version: build.version });

  source.start();
  disk?.start();
  // A scrape before the first one: it logs the state of the engine, and leaves all code compiled and all containers inspected.
  void bridge().scrape({ timeoutMillis: collection.timeout, format: 'text' });

  return {
    address: main.address,
    port: main.port,
    reload: () => {
      reloading.reload();
      http.renewTls();
    },
    stop: async () => {
      reloading.stop();
      await Promise.all([http.close(stopBudgetsMs.requests), pusher?.stop()]);
      source.stop();
      disk?.stop();
      await bcrypt.close();
      client.close();
    },
  };
}

/** Makes a part from the settings, once for each time that they were loaded. */
function perReload<Part>(current: () => LoadedSettings, make: (loaded: LoadedSettings) => Part): () => Part {
  let made: { readonly from: LoadedSettings; readonly part: Part } | undefined;
  return () => {
    const from = current();
    if (made?.from !== from) made = { from, part: make(from) };
    return made.part;
  };
}

/** A client of the engine that the settings name, and what collects snapshots with it. */
export interface EngineConnection {
  readonly client: DockerClient;
  readonly inventory: Inventory;
  /** Undefined where disk usage is not measured. It is not started. */
  readonly disk: DiskCollector | undefined;
  readonly collect: CollectSnapshot;
}

/**
 * Opens no connection yet; `filters` is looked up for each snapshot, and `budget` is charged what is read and kept.
 * Rejects when the TLS files can't be read.
 */
export async function connectEngine(
  { settings }: LoadedSettings,
  filters: () => Filters = () => settings.collection.filters,
  budget: Pick<MemoryBudget, 'answers' | 'kept'> = createMemoryBudget(),
): Promise<EngineConnection> {
  const { docker, collection, metrics, performance } = settings;
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
    { maxTextLength: metrics.max_label_length, answers: budget.answers },
  );
  const inventory = createInventory({
    client,
    collectors: collection.collectors,
    // With one call at a time there is no room for a stream.
    stream: performance.max_concurrent > 1,
    share: budget.kept,
    filters,
    keepLabel: keptLabels(filters, selectKeys(metrics.container_labels)),
  });
  const disk = collection.collectors.disk
    ? createDiskCollector({ client, inventory, share: budget.kept, apiVersion: docker.api_version, now: Date.now })
    : undefined;
  const collect = createCollector({
    client,
    inventory,
    disk,
    share: budget.kept,
    collectors: collection.collectors,
    sharedNetwork: collection.shared_network,
    maxConcurrent: performance.max_concurrent,
    maxWaiting: performance.max_waiting,
    maxLabelLength: metrics.max_label_length,
    maxLifecycleSums: metrics.max_lifecycle_sums,
    now: Date.now,
  });
  return { client, inventory, disk, collect };
}

/** What the doctor finds, as its command prints it; it is loaded only here, where it is asked for. */
async function diagnosisOf(loaded: LoadedSettings, engine: ExaminedEngine): Promise<string> {
  const { examine } = await import('./doctor/doctor.ts');
  const { renderFindings } = await import('./doctor/finding.ts');
  return renderFindings((await examine(loaded, engine)).findings);
}

/** What pushing needs is loaded only here, where it is wanted. */
async function createPusher({ server, otlp, metrics }: Settings, sources: Sources): Promise<Pusher> {
  const { prometheusNaming, semconvNaming } = await import('./telemetry/naming.ts');
  const { createResources } = await import('./telemetry/resources.ts');
  const { startPusher } = await import('./telemetry/pusher.ts');
  const resources = createResources({
    serviceName: otlp.service_name,
    port: server.port,
    build: sources.build,
    attributes: otlp.resource_attributes,
    identity: otlp.identity,
    selectedLabels: sources.selectedLabels,
  });
  return startPusher({
    ...sources,
    naming:
      otlp.naming === 'semconv'
        ? semconvNaming(resources)
        : prometheusNaming(metrics.namespace, Object.fromEntries(metrics.global_labels)),
    resources,
    exporter: {
      url: otlp.metrics_endpoint,
      protocol: otlp.protocol === 'http/json' ? 'http/json' : 'http/protobuf',
      headers: Object.fromEntries(otlp.headers),
      compression: otlp.compression,
      timeoutMs: otlp.timeout,
      certificateFile: otlp.certificate,
      clientCertificateFile: otlp.client_certificate,
      clientKeyFile: otlp.client_key,
    },
    delta: otlp.temporality_preference === 'delta',
    intervalMs: otlp.export_interval,
    timeoutMs: otlp.export_timeout,
    stopTimeoutMs: stopBudgetsMs.push,
    lastCollectionTimeoutMs: stopBudgetsMs.lastCollection,
  });
}
