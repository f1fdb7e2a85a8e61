import { messageOf } from '../error-message.ts';
import type { CallLimits, DockerClient } from '../docker/client.ts';
import type { Engine } from '../docker/engine.ts';
import { EngineError, isForbidden, isGone } from '../docker/errors.ts';
import type { Collector } from '../snapshot/facts.ts';
import type { Finding, Level } from './finding.ts';

/** One endpoint that the agent uses. */
export interface Permission {
  readonly call: string;
  /** Of tecnativa/docker-socket-proxy and those that follow it. */
  readonly variable: string;
  /** The collector that needs it; undefined for all. */
  readonly collector: Collector | undefined;
  /** The only product that is asked; undefined for all. */
  readonly product?: Engine['product'];
  /** The severity without it, and what follows. */
  readonly level: Exclude<Level, 'ok'>;
  readonly without: string;
  /** Rejects with the EngineError that says why not. */
  readonly ask: (client: DockerClient, limits: CallLimits) => Promise<unknown>;
}

/** An id that no container has: a proxy judges the path, and where it lets it through the engine answers 404. */
const unknownId = '0'.repeat(64);

/** Every endpoint, in the order in which it is reported. */
export const permissions: readonly Permission[] = [
  {
    call: '/_ping',
    variable: 'PING',
    collector: undefined,
    level: 'fail',
    without: 'missing: readiness (/ready stays 503), exporter_capability of one_shot_stats, and the kind of engine',
    ask: (client, limits) => client.ping(limits),
  },
  {
    call: '/containers/json',
    variable: 'CONTAINERS',
    collector: 'container',
    level: 'fail',
    without: 'missing: container_*',
    ask: (client, limits) => client.listContainers(limits, () => undefined),
  },
  {
    call: '/containers/{id}/json',
    variable: 'CONTAINERS',
    collector: 'container',
    level: 'fail',
    without:
      'missing: container_start_time_seconds, container_uptime_seconds, container_restart_count, container_exit_code',
    ask: (client, limits) => client.inspectContainer(unknownId, limits),
  },
  {
    call: '/containers/{id}/stats',
    variable: 'CONTAINERS',
    collector: 'container',
    level: 'fail',
    without:
      'missing: container_memory_*, container_cpu_*, container_network_*, container_fs_*, container_pids_current',
    ask: (client, limits) => client.containerStats(unknownId, limits),
  },
  {
    call: '/events',
    variable: 'EVENTS',
    collector: 'container',
    product: 'docker',
    level: 'warn',
    without: 'each scrape lists and inspects every container, and lists images, volumes and networks, changed or not',
    ask: async (client, limits) => (await client.openEvents('0', () => {}, limits)).close(),
  },
  {
    call: '/info',
    variable: 'INFO',
    collector: 'system',
    level: 'fail',
    without: 'missing: docker_containers_total',
    ask: (client, limits) => client.info(limits),
  },
  {
    call: '/images/json',
    variable: 'IMAGES',
    collector: 'system',
    level: 'fail',
    without: 'missing: docker_images_total',
    ask: (client, limits) => client.count('images/json', limits),
  },
  {
    call: '/volumes',
    variable: 'VOLUMES',
    collector: 'system',
    level: 'fail',
    without: 'missing: docker_volumes_total',
    ask: (client, limits) => client.count('volumes', limits),
  },
  {
    call: '/networks',
    variable: 'NETWORKS',
    collector: 'system',
    level: 'fail',
    without: 'missing: docker_networks_total',
    ask: (client, limits) => client.count('networks', limits),
  },
  {
    call: '/system/df',
    variable: 'SYSTEM',
    collector: 'disk',
    level: 'fail',
    without: 'missing: docker_disk_*, docker_volume_size_bytes, container_fs_usage_bytes',
    ask: askForDiskUsage,
  },
];

/** An engine that is slow to measure permits it. */
async function askForDiskUsage(client: DockerClient, limits: CallLimits): Promise<void> {
  try {
    await client.diskUsage('build-cache', limits);
  } catch (error) {
    if (!(error instanceof EngineError && error.kind === 'timeout')) throw error;
  }
}

/** Calls every endpoint that the enabled collectors use on such an engine. Never rejects. */
export async function checkPermissions(
  client: DockerClient,
  { product: engineProduct }: Engine,
  collectors: Readonly<Record<Collector, boolean>>,
  limits: CallLimits,
): Promise<Finding[]> {
  const needed = permissions.filter(
    ({ collector, product }) =>
      (collector === undefined || collectors[collector]) && (product === undefined || product === engineProduct),
  );
  const variables = [...new Set(needed.map(({ variable }) => `${variable}=1`))].sort();
  return [
    ...(await Promise.all(needed.map((permission) => check(permission, client, limits)))),
    { level: 'ok', subject: 'socket proxy', text: `needs ${variables.join(' ')}; all others may be 0, POST too` },
  ];
}

async function check(
  { call, variable, level, without, ask }: Permission,
  client: DockerClient,
  limits: CallLimits,
): Promise<Finding> {
  const subject = `GET ${call}`;
  try {
    await ask(client, limits);
  } catch (error) {
    if (isForbidden(error)) {
      return { level, subject, text: `forbidden; ${without}`, advice: [`socket proxy: set ${variable}=1`] };
    }
    if (!isGone(error)) {
      const reason = messageOf(error);
      return { level, subject, text: `fails; ${without}`, advice: [reason] };
    }
  }
  return { level: 'ok', subject, text: 'permitted' };
}
