import { createContainer } from './containers.ts';
import type { Description, Health, Life, SimulatedContainer, Status } from './containers.ts';

/** What copies of one service have in common; where there are several states or verdicts, the copies take turns. */
interface Service {
  /** `project/service` of a compose project, or the name of a container started by hand. */
  name: string;
  image: string;
  /** MiB. */
  memoryLimit?: number;
  cpuLimit?: number;
  networks?: readonly string[];
  statuses?: readonly Status[];
  health?: readonly Health[];
}

const MIB = 2 ** 20;
const MINUTE = 60_000;

/** Copies of a service in one compose project; the next copies are in a project of their own. */
const REPLICAS = 3;

const SERVICES: readonly Service[] = [
  { name: 'shop/web', image: 'nginx:1.27.2', memoryLimit: 64, health: ['healthy'] },
  {
    name: 'shop/api',
    image: 'registry.example.com/shop/api:4.18.0',
    memoryLimit: 384,
    cpuLimit: 0.5,
    health: ['healthy', 'healthy', 'starting'],
  },
  { name: 'shop/db', image: 'postgres:17.2-alpine', memoryLimit: 1024, health: ['healthy'] },
  { name: 'shop/cache', image: 'redis:7.4-alpine', memoryLimit: 128 },
  { name: 'shop/worker', image: 'registry.example.com/shop/worker:4.18.0', statuses: ['running', 'restarting'] },
  { name: 'shop/migrate', image: 'registry.example.com/shop/api:4.18.0', statuses: ['exited'] },
  { name: 'shop/search', image: 'opensearchproject/opensearch:2.18.0', health: ['healthy', 'unhealthy'] },
  { name: 'traefik', image: 'traefik:v3.2', networks: ['bridge', 'proxy'] },
  { name: 'build-main', image: 'golang:1.23-bookworm', statuses: ['running', 'created'] },
  { name: 'media/download', image: 'linuxserver/transmission:4.0.6', statuses: ['paused', 'running'] },
];

const PLAIN: Service = { name: 'plain', image: 'alpine:3.21' };

/** A container of no compose project, with no limit and no health check. */
export function describePlain(name: string): Description {
  return { ...describe(PLAIN, 0), name };
}

/** The population's container of that serial number, and the verdict of its health check, where it has one. */
export function describeMember(serial: number): { description: Description; health: Health | undefined } {
  const { service, copy } = memberOf(serial);
  return { description: describe(service, copy), health: pick(service.health, copy) };
}

/** The population's first containers, oldest first, as they are at `now` (Unix milliseconds). */
export function createPopulation(count: number, now: number, allRunning: boolean): SimulatedContainer[] {
  return Array.from({ length: count }, (_, serial) => {
    const { service, copy } = memberOf(serial);
    const { description, health } = describeMember(serial);
    const status = (allRunning ? undefined : pick(service.statuses, copy)) ?? 'running';
    const createdAt = now - (count - serial + 15) * MINUTE;
    const startedAt = status === 'created' ? undefined : createdAt + 1000;
    const hasEnded = status === 'exited' || status === 'restarting';
    const life: Life = {
      status,
      createdAt,
      startedAt,
      finishedAt: hasEnded ? createdAt + MINUTE : undefined,
      pausedAt: status === 'paused' ? now - MINUTE : undefined,
      pausedFor: 0,
      exitCode: hasEnded ? 1 : 0,
      outOfMemory: false,
      restartCount: status === 'restarting' ? 40 : 0,
      health,
    };
    return createContainer(serial, description, life);
  });
}

function memberOf(serial: number): { service: Service; copy: number } {
  return { service: pick(SERVICES, serial) ?? PLAIN, copy: Math.floor(serial / SERVICES.length) };
}

function describe({ name, image, memoryLimit = 0, cpuLimit = 0, networks }: Service, copy: number): Description {
  const [product = '', service] = name.split('/');
  const limits = { image, memoryLimit: memoryLimit * MIB, cpuLimit, restartPolicy: 'unless-stopped' } as const;
  if (service === undefined) {
    const attached = networks ?? ['bridge'];
    return { ...limits, name: numbered(product, copy), labels: {}, networks: attached, networkMode: 'bridge' };
  }
  const project = numbered(product, Math.floor(copy / REPLICAS));
  const number = (copy % REPLICAS) + 1;
  const labels = {
    'com.docker.compose.config-hash': '3f1a0c6b7d2e4958',
    'com.docker.compose.container-number': String(number),
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.project': project,
    'com.docker.compose.project.config_files': `/srv/${project}/compose.yaml`,
    'com.docker.compose.project.working_dir': `/srv/${project}`,
    'com.docker.compose.service': service,
    'com.docker.compose.version': '2.31.0',
  };
  const network = `${project}_default`;
  return {
    ...limits,
    name: `${project}-${service}-${number}`,
    labels,
    networks: [network],
    networkMode: network,
  };
}

function numbered(name: string, copy: number): string {
  return copy === 0 ? name : `${name}-${copy + 1}`;
}

function pick<Item>(items: readonly Item[] | undefined, index: number): Item | undefined {
  return items?.[index % items.length];
}
