import { createContainer } from './container.ts';
import type { Description, Health, Life, SimulatedContainer } from './container.ts';
import { SERVICES } from './services.ts';
import type { Service } from './services.ts';
import type { Load } from './usage.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Copies of a service in one compose project; the next copies belong to the project's next environment. */
const REPLICAS = 3;

/** A container of which nothing is said does a little of everything. */
const PLAIN: Service = {
  name: 'plain',
  image: 'alpine:3.21',
  command: 'sleep infinity',
  processor: { mean: 0.05 },
  memory: { mean: 32 },
  rates: { received: 10, transmitted: 10, read: 5, written: 5 },
};

/** A container of no compose project, with no limit and no health check. */
export function describePlain(name: string, serial: number): Description {
  return { ...describe(PLAIN, serial, 0), name };
}

/** The population's container of that serial number: always the same one. */
export function describeMember(serial: number): Description {
  const { service, copy } = memberOf(serial);
  return describe(service, serial, copy);
}

/** The verdict of that member's health check while it runs; `undefined` without one. */
export function memberHealth(serial: number): Health | undefined {
  const { service, copy } = memberOf(serial);
  return pick(service.health, copy);
}

/** The population's first containers, oldest first, as they are at `now` (Unix milliseconds) after lives of up to weeks. */
export function createPopulation(count: number, now: number, allRunning: boolean): SimulatedContainer[] {
  return Array.from({ length: count }, (_, serial) => {
    const life = pastLife(serial, now, allRunning);
    return createContainer(serial, describeMember(serial), life);
  }).sort((left, right) => left.createdAt - right.createdAt);
}

function memberOf(serial: number): { service: Service; copy: number } {
  const service = SERVICES[serial % SERVICES.length] ?? PLAIN;
  return { service, copy: Math.floor(serial / SERVICES.length) };
}

function describe(service: Service, serial: number, copy: number): Description {
  const [first = '', second] = service.name.split('/');
  const place = second === undefined ? standalone(first, copy) : composed(first, second, copy);
  const attached = service.network === 'host' || service.network === 'none' ? [] : [place.network];
  return {
    name: place.name,
    image: service.image,
    command: service.command,
    labels: place.labels,
    memoryLimit: (service.memory.limit ?? 0) * MIB,
    cpuLimit: service.processor.limit ?? 0,
    networks: service.network === 'two' ? [...attached, 'proxy'] : attached,
    networkMode: attached[0] ?? service.network ?? 'bridge',
    restartPolicy: service.fates === undefined ? 'unless-stopped' : 'on-failure',
    load: loadOf(service, serial),
  };
}

interface Place {
  name: string;
  network: string;
  labels: Record<string, string>;
}

function standalone(name: string, copy: number): Place {
  return { name: copy === 0 ? name : `${name}-${copy + 1}`, network: 'bridge', labels: {} };
}

function composed(product: string, service: string, copy: number): Place {
  const environment = Math.floor(copy / REPLICAS);
  const number = (copy % REPLICAS) + 1;
  const project =
    environment === 0 ? product : `${product}-${environment === 1 ? 'staging' : `test${environment - 1}`}`;
  const labels = {
    'com.docker.compose.config-hash': (fraction(copy, 7) * 2 ** 52).toString(16).padStart(13, '0'),
    'com.docker.compose.container-number': String(number),
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.project': project,
    'com.docker.compose.project.config_files': `/srv/${project}/compose.yaml`,
    'com.docker.compose.project.working_dir': `/srv/${project}`,
    'com.docker.compose.service': service,
    'com.docker.compose.version': '2.31.0',
  };
  return { name: `${project}-${service}-${number}`, network: `${project}_default`, labels };
}

/** Copies of one service differ by up to 30 %, and stay below their limits at the top of every wave. */
function loadOf({ processor, memory, rates }: Service, serial: number): Load {
  const variation = 0.7 + 0.6 * fraction(serial, 1);
  const { received = 0, transmitted = 0, read = 0, written = 0 } = rates ?? {};
  return {
    processors: Math.min(processor.mean * variation, (processor.limit ?? Infinity) / 1.65),
    throttled: processor.throttled ?? 0,
    memory: Math.min(memory.mean * variation, (memory.limit ?? Infinity) / 1.16) * MIB,
    cached: memory.cached ?? 0.1,
    received: received * variation * KIB,
    transmitted: transmitted * variation * KIB,
    read: read * variation * KIB,
    written: written * variation * KIB,
    processes: processor.processes ?? 1,
    phase: 2 * Math.PI * fraction(serial, 2),
  };
}

function pastLife(serial: number, now: number, allRunning: boolean): Life {
  const { service, copy } = memberOf(serial);
  const createdAt = Math.round(now - 15 * MINUTE - 30 * DAY * fraction(serial, 3) ** 3);
  const fate = (allRunning ? undefined : pick(service.fates, copy)) ?? { status: 'running' };
  const restarts = fate.status === 'restarting' ? 40 : Math.max(0, Math.floor(8 * fraction(serial, 4)) - 5);
  const life: Life = {
    status: fate.status,
    createdAt,
    pausedFor: 0,
    exitCode: fate.exitCode ?? 0,
    outOfMemory: fate.outOfMemory ?? false,
    restartCount: fate.status === 'running' || fate.status === 'restarting' ? restarts : 0,
    health: memberHealth(serial),
  };
  if (fate.status === 'created') return life;
  const age = now - createdAt;
  const startedAt = Math.round(
    life.restartCount === 0 ? createdAt + 850 : now - age * (0.1 + 0.8 * fraction(serial, 5)),
  );
  if (life.health === 'starting') return { ...life, startedAt: now - 20_000 };
  if (fate.status === 'running') return { ...life, startedAt };
  if (fate.status === 'paused') return { ...life, startedAt, pausedAt: now - 4 * MINUTE };
  if (fate.status === 'restarting') return { ...life, startedAt: now - 32_000, finishedAt: now - 30_000 };
  return { ...life, startedAt, finishedAt: startedAt + 3 * MINUTE };
}

function pick<Item>(items: readonly Item[] | undefined, index: number): Item | undefined {
  return items?.[index % items.length];
}

/** A number from 0 to 1 (not reached) that looks random and is the same for the same serial number and purpose. */
function fraction(serial: number, purpose: number): number {
  let bits = Math.imul(serial + 1, 0x9e37_79b1) ^ Math.imul(purpose, 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b_3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a_2d39);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}
