import { messageOf } from '../error-message.ts';
import type { CallLimits, DockerClient } from '../docker/client.ts';
import type { Engine } from '../docker/engine.ts';
import { EngineError, isForbidden } from '../docker/errors.ts';
import { neverInspected, parseInspection } from '../inventory/inspection.ts';
import type { Collector, ContainerFacts, Snapshot } from '../snapshot/facts.ts';
import { parseStats } from '../snapshot/stats.ts';
import { systemFacts } from '../snapshot/system.ts';
import { askForContainer } from './ask-container.ts';
import type { Finding, Level } from './finding.ts';
import { missingWithout } from './missing.ts';

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

function missing(withoutPart: (snapshot: Snapshot) => Snapshot): string {
  return `missing: ${missingWithout(withoutPart)}`;
}

function ofContainers(change: (container: ContainerFacts) => ContainerFacts): (snapshot: Snapshot) => Snapshot {
  return (snapshot) => ({ ...snapshot, containers: snapshot.containers.map(change) });
}

const withoutLayers = ofContainers((container) => ({ ...container, writableLayer: undefined }));

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
    without: missing((snapshot) => ({
      ...snapshot,
      containers: [],
      lifecycle: { ...snapshot.lifecycle, sums: [] },
    })),
    ask: (client, limits) => client.listContainers(limits, () => undefined),
  },
  {
    call: '/containers/{id}/json',
    variable: 'CONTAINERS',
    collector: 'container',
    level: 'fail',
    without: missing(
      ofContainers(({ name, image, labels, state, health, ...container }) => ({
        ...container,
        ...neverInspected,
        name,
        image,
        labels,
        state,
        health,
      })),
    ),
    ask: (client, limits) =>
      askForContainer(client, limits, async (id) =>
        parseInspection(await client.inspectContainer(id, limits), () => false),
      ),
  },
  {
    call: '/containers/{id}/stats',
    variable: 'CONTAINERS',
    collector: 'container',
    level: 'fail',
    without: missing(ofContainers((container) => ({ ...container, resources: undefined }))),
    ask: (client, limits) =>
      askForContainer(client, limits, async (id) => parseStats(await client.containerStats(id, limits))),
  },
  {
    call: '/events',
    variable: 'EVENTS',
    collector: 'container',
    product: 'docker',
    level: 'warn',
    without: 'each scrape lists and inspects every container, and lists images, volumes and networks, changed or not',
    ask: (client, limits) => client.pastEvents('0', '1', limits),
  },
  {
    call: '/info',
    variable: 'INFO',
    collector: 'system',
    level: 'fail',
    without: missing(({ system: { images, volumes, networks }, ...snapshot }) => ({
      ...snapshot,
      system: { ...systemFacts(undefined, new Map()), images, volumes, networks },
    })),
    ask: (client, limits) => client.info(limits),
  },
  {
    call: '/images/json',
    variable: 'IMAGES',
    collector: 'system',
    level: 'fail',
    without: missing((snapshot) => ({ ...snapshot, system: { ...snapshot.system, images: undefined } })),
    ask: (client, limits) => client.count('images/json', limits),
  },
  {
    call: '/volumes',
    variable: 'VOLUMES',
    collector: 'system',
    level: 'fail',
    without: missing((snapshot) => ({ ...snapshot, system: { ...snapshot.system, volumes: undefined } })),
    ask: (client, limits) => client.count('volumes', limits),
  },
  {
    call: '/networks',
    variable: 'NETWORKS',
    collector: 'system',
    level: 'fail',
    without: missing((snapshot) => ({ ...snapshot, system: { ...snapshot.system, networks: undefined } })),
    ask: (client, limits) => client.count('networks', limits),
  },
  {
    call: '/system/df',
    variable: 'SYSTEM',
    collector: 'disk',
    level: 'fail',
    without: missing((snapshot) => ({ ...withoutLayers(snapshot), disk: undefined })),
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
    return { level, subject, text: `fails; ${without}`, advice: [messageOf(error)] };
  }
  return { level: 'ok', subject, text: 'permitted' };
}
