import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { DockerEngine } from './docker-engine.ts';
import { importStandIn } from './images.ts';
import { collectorBinary } from './otel-collector.ts';
import { run } from './process.ts';
import { socketProxyConfiguration } from './socket-proxy-config.ts';

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
    files: { '/etc/haproxy.cfg': socketProxyConfiguration(':2375', '"unix@${SOCKET_PATH}"') },
    changes: [
      'ENV LOG_LEVEL=info SOCKET_PATH=/var/run/docker.sock',
      'ENTRYPOINT ["/usr/sbin/haproxy", "-f", "/etc/haproxy.cfg"]',
    ],
  });
  await importStandIn(engine, imageOf('prometheus'), {
    programs: { '/bin/prometheus': '/usr/bin/prometheus' },
    files: { '/prometheus/.keep': '' },
    changes: [
      'ENTRYPOINT ["/bin/prometheus", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]',
    ],
  });
}
