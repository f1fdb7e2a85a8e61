import type { OutgoingHttpHeaders } from 'node:http';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../logging.ts';
import type { MemoryBudget } from '../memory-budget.ts';
import { maxOpenFiles } from '../metrics/self.ts';
import type { Authenticator } from './authentication.ts';
import { createConnectionRegistry } from './connections.ts';
import { type EndpointOptions, allEndpoints, hostGuard, passwordGuard, probeEndpoints } from './endpoints.ts';
import { reportOccasionally } from './occasional-report.ts';
import { pathOf } from './request-handler.ts';
import { type ListeningServer, listen } from './server.ts';
import { shareAnswer } from './shared-answer.ts';
import { keepTlsCurrent } from './tls-renewal.ts';
import { type TlsFiles, readTls } from './tls.ts';
import { createUnsentPages } from './unsent-pages.ts';

/** What may change while the servers run, and is looked up at each request. */
export interface LiveHttpSettings {
  /** Undefined where no credentials are asked for. */
  readonly authenticate: Authenticator | undefined;
  /** For every answer. */
  readonly headers: OutgoingHttpHeaders;
  readonly maxScrapes: number;
  /** Empty for any. */
  readonly allowedHosts: readonly string[];
}

export interface HttpOptions extends Omit<EndpointOptions, 'paths' | 'maxScrapes' | 'grafanaUrl'> {
  readonly server: Settings['server'];
  readonly live: () => LiveHttpSettings;
  readonly budget: Pick<MemoryBudget, 'connections' | 'pages'>;
  /** How often the files of the certificate are looked at. */
  readonly watchIntervalMs: number;
  readonly logger: Logger;
}

/** The HTTP side of the agent. */
export interface HttpServers {
  readonly main: ListeningServer;
  /** The port for probes alone, where there is one. */
  readonly probes: ListeningServer | undefined;
  /** Looks now whether the certificate changed; without TLS it does nothing. */
  renewTls(): void;
  /** Requests under way get the grace period to finish. */
  close(graceMs: number): Promise<void>;
}

/** How long the engine's answer to a ping holds: readiness is asked without credentials, and as often as anyone likes. */
const readinessMaxAgeMs = 1_000;

/** How long a diagnosis holds, which asks the engine for more than a scrape does. */
const diagnosisMaxAgeMs = 10_000;

/** Of the file descriptors, how many clients may take; the rest is for the engine and for files. */
const descriptorShare = 0.5;

/** Listens on all ports there are. Rejects when an address is taken or the certificate can't be used. */
export async function startHttp(options: HttpOptions): Promise<HttpServers> {
  const { server, live, budget, watchIntervalMs, logger } = options;
  const { address, port, health_port: healthPort } = server;
  const paths = {
    metrics: server.metrics_path,
    cadvisor: server.cadvisor_path,
    health: server.health_path,
    ready: server.ready_path,
  };
  const endpointOptions: EndpointOptions = {
    ...options,
    paths,
    grafanaUrl: server.grafana_url,
    maxScrapes: () => live().maxScrapes,
    ready: shareAnswer(options.ready, readinessMaxAgeMs),
    doctor: shareAnswer(options.doctor, diagnosisMaxAgeMs),
  };
  const onError = (path: string, error: unknown): void => {
    logger.error('request failed', { path, error: error instanceof Error ? error.stack : String(error) });
  };

  const connections = createConnectionRegistry({
    share: budget.connections,
    maxConnections: (maxOpenFiles() ?? Infinity) * descriptorShare,
    isScrape: ({ url = '' }) => [paths.metrics, paths.cadvisor].includes(pathOf(url)),
    onEvicted: reportOccasionally((closed) => logger.warn('too many connections, closing idle ones', { closed })),
  });

  const pages = createUnsentPages({
    share: budget.pages,
    reset: connections.reset,
    onShortage: reportOccasionally((times) => logger.warn('too many pages that clients do not read', { times })),
  });

  const checkHost = hostGuard(paths, () => live().allowedHosts);
  const checkPassword = passwordGuard(paths, async (...asked) => live().authenticate?.(...asked) ?? 'granted');

  const tlsFiles = server.tls.enabled ? tlsFilesOf(server.tls) : undefined;
  const tls = tlsFiles && readTls(tlsFiles);
  const main = await listen({
    address,
    port,
    endpoints: allEndpoints(endpointOptions),
    guard: async (...asked) => (await checkHost(...asked)) ?? checkPassword(...asked),
    headers: () => live().headers,
    tls,
    connections,
    pages,
    onError,
  });
  const probes =
    healthPort === undefined
      ? undefined
      : await listen({ address, port: healthPort, endpoints: probeEndpoints(endpointOptions), connections, onError });
  const renewal =
    tlsFiles && tls && keepTlsCurrent({ files: tlsFiles, current: tls, server: main, watchIntervalMs, logger });

  return {
    main,
    probes,
    renewTls: () => renewal?.renew(),
    close: async (graceMs) => {
      renewal?.stop();
      await Promise.all([main.close(graceMs), probes?.close(graceMs)]);
    },
  };
}

function tlsFilesOf(tls: Settings['server']['tls']): TlsFiles {
  return {
    certFile: tls.cert_file,
    keyFile: tls.key_file,
    clientCaFile: tls.client_ca_file,
    minVersion: tls.min_version,
  };
}
