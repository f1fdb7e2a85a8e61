import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { DockerEngine } from './docker-engine.ts';
import { importStandIn } from './images.ts';
import { collectorBinary } from './otel-collector.ts';
import { run } from './process.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

interface ComposeFile {
  readonly services: Readonly<Record<string, { readonly image: string }>>;
}

const { services }: ComposeFile = parse(readFileSync(`${repository}/docker-compose.yml`, 'utf8'));

/** The image that docker-compose.yml names for a service. */
export function imageOf(service: string): string {
  const image = services[service]?.image;
  if (image === undefined) throw new Error(`docker-compose.yml has no service ${service}`);
  return image;
}

/** Runs docker-compose in the repository against the engine, with variables for what the file leaves open. */
export function compose(
  engine: DockerEngine,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { PATH, HOME } = process.env;
  return run('docker-compose', args, { cwd: repository, env: { PATH, HOME, DOCKER_HOST: engine.host, ...variables } });
}

/** The variables by which the socket proxy opens sections of the API, with the paths they stand for. */
const sections = ['CONTAINERS', 'EVENTS', 'IMAGES', 'INFO', 'NETWORKS', 'VERSION', 'VOLUMES'].map((variable) => ({
  variable,
  path: variable.toLowerCase(),
}));

/** Debian's haproxy with the socket proxy's way of deciding: GET alone, and a variable for each section. */
const proxyConfiguration = `defaults
  mode http
  timeout connect 10s
  timeout client 10m
  timeout server 10m
  timeout http-keep-alive 10s
frontend engine
  bind :2375
  http-request deny unless METH_GET || { env(POST) -m bool }
  http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/_ping } { env(PING) -m bool }
${sections.map(({ variable, path }) => `  http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?/${path} } { env(${variable}) -m bool }`).join('\n')}
  http-request deny
  default_backend socket
backend socket
  server docker unix@/var/run/docker.sock
`;

/** Puts the Collector that was built under the name of the image in docker-compose.yml. */
export async function importCollector(engine: DockerEngine): Promise<void> {
  await importStandIn(engine, imageOf('otel-collector'), {
    programs: { '/otelcol-contrib': collectorBinary() },
    changes: ['USER 10001', 'ENTRYPOINT ["/otelcol-contrib"]'],
  });
}

/** Puts Debian's haproxy and Prometheus under the names of the images in docker-compose.yml. */
export async function importStack(engine: DockerEngine): Promise<void> {
  await importStandIn(engine, imageOf('socket-proxy'), {
    programs: { '/usr/sbin/haproxy': '/usr/sbin/haproxy' },
    files: { '/etc/haproxy.cfg': proxyConfiguration },
    changes: ['ENTRYPOINT ["/usr/sbin/haproxy", "-f", "/etc/haproxy.cfg"]'],
  });
  await importStandIn(engine, imageOf('prometheus'), {
    programs: { '/bin/prometheus': '/usr/bin/prometheus' },
    files: { '/prometheus/.keep': '' },
    changes: [
      'ENTRYPOINT ["/bin/prometheus", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]',
    ],
  });
}
