import type { OutgoingHttpHeaders } from 'node:http';
import type { Settings } from '../config/settings.ts';
import type { PrometheusBridge } from '../telemetry/prometheus.ts';
import type { Authenticator } from './authentication.ts';
import { type EndpointOptions, allEndpoints, passwordGuard, probeEndpoints } from './endpoints.ts';
import { type Listening, listen } from './server.ts';
import { type TlsFiles, type TlsMaterial, readTls } from './tls.ts';

/** What may change while the server runs, and is looked up at each request. */
export interface LiveParts {
  readonly bridge: Pick<PrometheusBridge, 'scrape'>;
  /** Undefined where everybody may come in. */
  readonly authenticate: Authenticator | undefined;
  /** For every answer. */
  readonly headers: OutgoingHttpHeaders;
  readonly maxScrapes: number;
}

export interface HttpOptions extends Pick<EndpointOptions, 'build' | 'timeout' | 'containers' | 'ready'> {
  readonly server: Settings['server'];
  readonly live: () => LiveParts;
  readonly onError: (path: string, error: unknown) => void;
}

/** The HTTP side of the agent. */
export interface HttpServers {
  readonly main: Listening;
  /** The port for probes alone, where there is one. */
  readonly probes: Listening | undefined;
  /** Where the certificate comes from, and what it was at the start; undefined for plain HTTP. */
  readonly tls: { readonly files: TlsFiles; readonly current: TlsMaterial } | undefined;
  /** Scrapes under way get the grace period, in milliseconds, to finish. */
  close(grace: number): Promise<void>;
}

/** Listens on all ports there are. Rejects when an address or the certificate can't be had. */
export async function startHttp({ server, live, onError, ...rest }: HttpOptions): Promise<HttpServers> {
  const { address, port, health_port: healthPort } = server;
  const paths = { metrics: server.metrics_path, health: server.health_path, ready: server.ready_path };
  const pages: EndpointOptions = {
    ...rest,
    paths,
    maxScrapes: () => live().maxScrapes,
    scrape: (options) => live().bridge.scrape(options),
  };
  const tls = server.tls.enabled ? tlsOf(server.tls) : undefined;
  const main = await listen({
    address,
    port,
    endpoints: allEndpoints(pages),
    guard: passwordGuard(paths, async (authorization) => live().authenticate?.(authorization) ?? 'granted'),
    headers: () => live().headers,
    tls: tls?.current,
    onError,
  });
  const probes =
    healthPort === undefined
      ? undefined
      : await listen({ address, port: healthPort, endpoints: probeEndpoints(pages), onError });
  return {
    main,
    probes,
    tls,
    close: async (grace) => {
      await Promise.all([main.close(grace), probes?.close(grace)]);
    },
  };
}

function tlsOf(tls: Settings['server']['tls']): NonNullable<HttpServers['tls']> {
  const files = {
    certFile: tls.cert_file,
    keyFile: tls.key_file,
    clientCaFile: tls.client_ca_file,
    minVersion: tls.min_version,
  };
  return { files, current: readTls(files) };
}
