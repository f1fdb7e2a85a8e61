import type { IncomingMessage } from 'node:http';
import type { BuildInfo } from '../build-info.ts';
import { type Reply, jsonReply, textReply } from './reply.ts';
import type { Route, Routes } from './routes.ts';

export interface Paths {
  readonly metrics: string;
  readonly health: string;
  readonly ready: string;
}

export interface PageOptions {
  readonly paths: Paths;
  readonly build: BuildInfo;
  /** The longest a scrape may take, in milliseconds. */
  readonly timeout: number;
  readonly scrape: (limits: { readonly timeoutMillis: number }) => Promise<string>;
  /** Whether the daemon answers a ping. */
  readonly ready: () => Promise<boolean>;
}

/** What answers without credentials: liveness and readiness. */
export function probeRoutes({ paths, ready }: PageOptions): Routes {
  return new Map<string, Route>([
    [paths.health, () => textReply(200, 'ok')],
    [
      paths.ready,
      async () => ((await ready()) ? textReply(200, 'ready') : textReply(503, 'the Docker daemon does not answer')),
    ],
  ]);
}

/** Every path of the main port. */
export function pageRoutes(options: PageOptions): Routes {
  const { paths, build, timeout, scrape } = options;
  return new Map<string, Route>([
    ...probeRoutes(options),
    [paths.metrics, async (request) => exposition(await scrape({ timeoutMillis: scrapeTimeout(request, timeout) }))],
    [
      '/version',
      () =>
        jsonReply({
          version: build.version,
          commit: build.commit,
          build_date: build.buildDate,
          go_version: 'n/a',
          node_version: build.nodeVersion,
        }),
    ],
    ['/', () => indexPage(paths, build)],
  ]);
}

function exposition(body: string): Reply {
  return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body };
}

/** Prometheus tells how long it will wait; half a second of that is for writing and for the way back. */
function scrapeTimeout(request: IncomingMessage, timeout: number): number {
  const seconds = Number(request.headers['x-prometheus-scrape-timeout-seconds']);
  if (!(seconds > 0)) return timeout;
  return Math.min(timeout, Math.max(seconds - 0.5, 0.05) * 1000);
}

function indexPage(paths: Paths, build: BuildInfo): Reply {
  const links = [paths.metrics, paths.health, paths.ready, '/version'];
  const items = links.map((path) => `<li><a href="${path}">${path}</a></li>`).join('');
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'" },
    body: `<!doctype html><html lang="en"><title>docker-stats-exporter</title><h1>docker-stats-exporter ${build.version}</h1><ul>${items}</ul></html>\n`,
  };
}
