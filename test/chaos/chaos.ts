import { join } from 'node:path';
import type { ContainerSummary, EngineInfo } from '../../lib/docker/api.ts';
import { startTestAgent } from '../support/agent.ts';
import type { DockerEngine } from '../support/docker-engine.ts';
import { eventually } from '../support/eventually.ts';
import type { Exposition } from '../support/exposition.ts';
import { type ContainerView, expectedSeries, viewOf } from '../engine/engine-view.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { type Things, chooseOperation, restless } from './operations.ts';
import { createRandom } from './random.ts';

/** What the engine or a scrape says, by series. */
type View = ReadonlyMap<string, number>;

export interface ChaosOptions {
  readonly engine: DockerEngine;
  readonly seed: number;
  readonly operations: number;
  /** Where the agent reaches the engine; past a proxy that cuts streams of events when left out. */
  readonly host?: string;
  /** Milliseconds between cuts that come by themselves. */
  readonly cutEveryMs?: number;
  /** Series that can't be there. */
  readonly without?: RegExp;
  /** Hears of each difference as it is found. */
  readonly onDifference?: (difference: string) => void;
}

export interface ChaosResult {
  readonly differences: readonly string[];
  /** How many operations of each kind the engine did, rather than refused. */
  readonly done: ReadonlyMap<string, number>;
  /** What the agent asked of the engine, refused or not, by endpoint. */
  readonly calls: ReadonlyMap<string, number>;
}

/**
 * Does random things to an engine, and after each holds one scrape of an agent against the engine's own lists and
 * inspections. Returns every difference, with the number of its operation: a value counts when it is neither the one
 * right before the scrape nor the one right after it. Half of the scrapes come at once after the operation, without the
 * lists before them, and then nothing is asked of containers that change by themselves.
 */
export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const { engine, seed, operations, cutEveryMs, without, onDifference } = options;
  const random = createRandom(seed);
  const proxy = await startCuttingProxy(join(engine.dataRoot, '..', 'proxy.sock'), engine.socketPath);
  const agent = await startTestAgent(['--docker.host', options.host ?? proxy.host]);
  const cuts = cutEveryMs === undefined ? undefined : setInterval(proxy.cutEvents, cutEveryMs);
  const differences: string[] = [];
  const done = new Map<string, number>();
  try {
    let last = await stateOf(engine);
    for (let number = 1; number <= operations; number += 1) {
      const operation = chooseOperation(random, last.things, number, engine, proxy);
      const atOnce = random.next() < 0.5 && !operation.goesOn;
      const isDone = (await operation.run()) !== false;
      if (isDone) done.set(operation.kind, (done.get(operation.kind) ?? 0) + 1);
      const before = atOnce ? undefined : (await stateOf(engine)).series;
      const logged = agent.log.length;
      const scrape = await agent.metrics();
      const failed = agent.log.slice(logged).flatMap(({ error }) => (typeof error === 'string' ? [`; ${error}`] : []));
      last = await stateOf(engine);
      for (const difference of compare(before, scraped(scrape), last.series)) {
        if (without?.test(difference) === true) continue;
        const line = `seed ${seed}, operation ${number}, ${operation.name}: ${difference}${failed.join('')}`;
        differences.push(line);
        onDifference?.(line);
      }
    }
    return { differences, done, calls: callsIn(await agent.metrics()) };
  } finally {
    clearInterval(cuts);
    await agent.stop();
    await proxy.stop();
  }
}

function callsIn(scrape: Exposition): ReadonlyMap<string, number> {
  const calls = new Map<string, number>();
  for (const { labels, value } of scrape.select('exporter_engine_requests_total')) {
    const endpoint = labels.get('endpoint') ?? '';
    calls.set(endpoint, (calls.get(endpoint) ?? 0) + value);
  }
  return calls;
}

const resources = /^docker_(images|volumes|networks)_total/;
const compared =
  /^(container_(start_time_seconds|health_status|restart_count|exit_code|info|spec_\w+)|docker_(containers|images|volumes|networks)_total) /;

async function stateOf(engine: DockerEngine): Promise<{ series: View; things: Things }> {
  const [view, info, images, volumes, networks] = await Promise.all([
    eventually('no container vanishes after it was listed', () => viewOf(engine, { stats: false })),
    engine.apiGet<EngineInfo>('/info'),
    engine.apiGet<readonly { RepoTags: string[] | null }[]>('/images/json'),
    engine.apiGet<{ Volumes: readonly { Name: string }[] | null }>('/volumes'),
    engine.apiGet<readonly { Name: string }[]>('/networks'),
  ]);
  const series = new Map([
    ...[...expectedSeries(view)].filter(([key]) => compared.test(key)),
    ...view.containers.map(lastProbe),
    ['docker_containers_total [["state","running"]]', info.ContainersRunning ?? Number.NaN],
    ['docker_containers_total [["state","paused"]]', info.ContainersPaused ?? Number.NaN],
    ['docker_containers_total [["state","stopped"]]', info.ContainersStopped ?? Number.NaN],
    ['docker_images_total []', images.length],
    ['docker_volumes_total []', volumes.Volumes?.length ?? 0],
    ['docker_networks_total []', networks.length],
  ]);
  const named = (list: readonly string[], prefix: string): string[] =>
    list.filter((name) => name.startsWith(prefix)).sort();
  const things = {
    containers: new Map(view.containers.map(({ summary }) => [nameIn(summary), summary.State ?? ''])),
    volumes: (volumes.Volumes ?? []).map(({ Name }) => Name).sort(),
    networks: named(
      networks.map(({ Name }) => Name),
      'network-',
    ),
    tags: named(
      images.flatMap(({ RepoTags }) => RepoTags ?? []),
      'image:',
    ),
  };
  return { series, things };
}

function nameIn({ Names: names }: ContainerSummary): string {
  return (names?.[0] ?? '').slice(1);
}

/** No metric, but a container whose health was checked meanwhile has moved. */
function lastProbe({ summary, inspection }: ContainerView): readonly [string, number] {
  const { Log: probes = [] }: { Status?: string; Log?: readonly { Start: string }[] } = inspection.State?.Health ?? {};
  return [`probe ["container_name","${nameIn(summary)}"]`, Date.parse(probes.at(-1)?.Start ?? '0')];
}

function scraped({ families }: Exposition): View {
  const samples = [...families.values()].flatMap((family) => family.samples);
  return new Map(samples.map(({ name, labels, value }) => [`${name} ${JSON.stringify([...labels])}`, value]));
}

function compare(before: View | undefined, scrape: View, after: View): readonly string[] {
  const references = [before ?? after, after];
  const moving = before === undefined ? undefined : movedBetween(before, after);
  const isExact = (key: string): boolean => {
    const container = containerOf(key);
    // A crash loop moves the daemon's count of running containers too.
    if (container === undefined) return moving?.size === 0 || resources.test(key);
    return moving === undefined ? !container.startsWith(restless) : !moving.has(container);
  };
  const keys = new Set([...(before ?? after).keys(), ...scrape.keys(), ...after.keys()]);
  return [...keys].flatMap((key) => {
    const value = scrape.get(key);
    if (!compared.test(key) || !isExact(key) || references.some((reference) => isSame(value, reference.get(key))))
      return [];
    return [`${key}: engine ${before?.get(key)}, scrape ${value}, engine ${after.get(key)}`];
  });
}

/** Start times have nanoseconds, of which Date drops and the exposition rounds what is below a millisecond. */
function isSame(value: number | undefined, reference: number | undefined): boolean {
  if (value === undefined || reference === undefined) return value === reference;
  return Math.abs(value - reference) < 0.002;
}

/** Containers that ran on or crashed meanwhile: what they were in between is in neither view. */
function movedBetween(before: View, after: View): ReadonlySet<string | undefined> {
  const changed = (from: View, to: View): string[] => [...from.keys()].filter((key) => from.get(key) !== to.get(key));
  return new Set([...changed(before, after), ...changed(after, before)].map(containerOf));
}

function containerOf(key: string): string | undefined {
  return /"container_name","([^"]*)"/.exec(key)?.[1];
}
