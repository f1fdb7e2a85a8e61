import type { IncomingMessage } from 'node:http';
import type { BuildInfo } from '../build-info.ts';
import { fixedPaths } from '../config/sections/server.ts';
import type { Format } from '../telemetry/exposition.ts';
import type { ScrapeOptions } from '../telemetry/prometheus.ts';
import { expositionFormat } from './accept.ts';
import { isAllowedHost } from './allowed-hosts.ts';
import type { Authenticator } from './authentication.ts';
import { clientNetwork } from './client-network.ts';
import { dashboardEndpoints } from './dashboard.ts';
import { jsonReply, textReply } from './reply.ts';
import type { Endpoint, Endpoints, Guard } from './request-handler.ts';

export interface Paths {
  readonly metrics: string;
  /** Empty where that page is not served. */
  readonly cadvisor: string;
  readonly health: string;
  readonly ready: string;
}

export interface EndpointOptions {
  readonly paths: Paths;
  /** What the dashboard links to; empty for no link. */
  readonly grafanaUrl: string;
  readonly build: BuildInfo;
  /** Limits a scrape. */
  readonly timeoutMs: number;
  /** Limits the scrapes at a time. */
  readonly maxScrapes: () => number;
  readonly scrape: (options: ScrapeOptions) => Promise<Buffer>;
  /** The same under cAdvisor's names. */
  readonly scrapeCadvisor: (options: ScrapeOptions) => Promise<Buffer>;
  /** The containers for the dashboard, as JSON. */
  readonly containers: () => Promise<Buffer>;
  /** What keeps metrics away, for people; several lines. */
  readonly doctor: () => Promise<string>;
  /** Whether the daemon answers a ping. */
  readonly ready: () => Promise<boolean>;
}

const contentTypes: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** What answers without credentials: liveness and readiness. */
export function probeEndpoints({ paths, ready }: Pick<EndpointOptions, 'paths' | 'ready'>): Endpoints {
  return new Map<string, Endpoint>([
    [paths.health, () => textReply(200, 'ok')],
    [
      paths.ready,
      async () => ((await ready()) ? textReply(200, 'ready') : textReply(503, 'the Docker daemon does not answer')),
    ],
  ]);
}

/** Every path of the main port. */
export function allEndpoints(options: EndpointOptions): Endpoints {
  const { paths, grafanaUrl, build, containers, doctor, scrape, scrapeCadvisor } = options;
  const scrapeEndpoint = scrapeEndpoints(options);
  const pages = [paths.metrics, ...(paths.cadvisor === '' ? [] : [paths.cadvisor])];
  return new Map<string, Endpoint>([
    ...probeEndpoints(options),
    ...pages.map((path) => [path, scrapeEndpoint(path === paths.metrics ? scrape : scrapeCadvisor)] as const),
    [
      fixedPaths.version,
      () =>
        jsonReply({
          version: build.version,
          commit: build.commit,
          build_date: build.buildDate,
          go_version: 'n/a',
          node_version: build.nodeVersion,
        }),
    ],
    [
      fixedPaths.doctor,
      async () => ({
        status: 200,
        headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
        body: await doctor(),
      }),
    ],
    [
      fixedPaths.containers,
      async () => ({
        status: 200,
        headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
        body: await containers(),
      }),
    ],
    ...dashboardEndpoints(
      [...pages, paths.health, paths.ready, fixedPaths.version, fixedPaths.doctor],
      grafanaUrl,
      build,
    ),
  ]);
}

/** Refuses hosts that are not allowed everywhere but at the probes, which go by the addresses of pods and machines. */
export function hostGuard({ health, ready }: Paths, allowedHosts: () => readonly string[]): Guard {
  return async (path, { headers: { host = '' } }) =>
    path === health || path === ready || isAllowedHost(host, allowedHosts())
      ? undefined
      : textReply(421, 'this Host is not among server.allowed_hosts');
}

/** Asks for credentials everywhere but at the probes. */
export function passwordGuard({ health, ready }: Paths, authenticate: Authenticator): Guard {
  return async (path, request) => {
    if (path === health || path === ready) return undefined;
    const verdict = await authenticate(request.headers.authorization, clientNetwork(request.socket.remoteAddress));
    if (verdict === 'granted') return undefined;
    if (verdict === 'busy')
      return textReply(429, 'too many authentication attempts, retry later', { 'retry-after': '5' });
    return textReply(401, 'authentication required', {
      'www-authenticate': 'Basic realm="docker-stats-exporter", charset="UTF-8"',
    });
  };
}

/**
 * Makes endpoints that share the limit of scrapes at a time. A scrape counts until its bytes are there: a slow reader
 * takes no place from others.
 */
function scrapeEndpoints({ timeoutMs, maxScrapes }: EndpointOptions): (scrape: EndpointOptions['scrape']) => Endpoint {
  let underWay = 0;
  return (scrape) => async (request, arrivedAt) => {
    const limit = maxScrapes();
    if (underWay >= limit) {
      return textReply(429, `too many concurrent scrapes (limit ${limit}), retry later`, { 'retry-after': '1' });
    }
    underWay += 1;
    try {
      const format = expositionFormat(request.headers.accept);
      const deadline = arrivedAt + scrapeTimeoutMs(request, timeoutMs);
      const body = await scrape({ timeoutMillis: deadline - performance.now(), format });
      return { status: 200, headers: { 'content-type': contentTypes[format], vary: 'Accept, Accept-Encoding' }, body };
    } finally {
      underWay -= 1;
    }
  };
}

/** Prometheus says how long it will wait; half a second of that is for the way here and back. */
function scrapeTimeoutMs(request: IncomingMessage, maxMs: number): number {
  const seconds = Number(request.headers['x-prometheus-scrape-timeout-seconds']);
  if (!(seconds > 0)) return maxMs;
  return Math.min(maxMs, Math.max(seconds - 0.5, 0.05) * 1000);
}
