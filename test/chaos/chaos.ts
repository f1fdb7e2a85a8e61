import { join } from 'node:path';
import type { EngineInfo, VolumeList } from '../../lib/docker/api.ts';
import { startTestAgent } from '../support/agent.ts';
import type { DockerEngine } from '../support/docker-engine.ts';
import type { Exposition } from '../support/exposition.ts';
import { expectedSeries, viewOf } from '../engine/engine-view.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { chooseOperation, restless, thingsOf } from './operations.ts';
import { createRandom } from './random.ts';

/** What the engine or a scrape says, by series. */
type View = ReadonlyMap<string, number>;

export interface ChaosOptions {
  readonly engine: DockerEngine;
  readonly seed: number;
  readonly operations: number;
  /** Hears of each difference as it is found. */
  readonly onDifference?: (difference: string) => void;
}

/**
 * Does random things to an engine, and after each holds one scrape of an agent against the engine's own lists and
 * inspections. Returns every difference, with the number of its operation: a value counts when it is neither the one
 * right before the scrape nor the one right after it. Half of the scrapes come at once after the operation, without the
 * lists before them, and then nothing is asked of containers that change by themselves.
 */
export async function chaos({ engine, seed, operations, onDifference }: ChaosOptions): Promise<readonly string[]> {
  const random = createRandom(seed);
  const proxy = await startCuttingProxy(join(engine.dataRoot, '..', 'proxy.sock'), engine.socketPath);
  const agent = await startTestAgent(['--docker.host', proxy.host]);
  const found: string[] = [];
  try {
    for (let number = 1; number <= operations; number += 1) {
      const operation = chooseOperation(random, await thingsOf(engine), number, engine, proxy);
      const atOnce = random.next() < 0.5 && !operation.goesOn;
      await operation.run();
      const before = atOnce ? undefined : await stateOf(engine);
      const scrape = await agent.metrics();
      const after = await stateOf(engine);
      for (const difference of compare(before, scraped(scrape), after)) {
        const line = `seed ${seed}, operation ${number}, ${operation.name}: ${difference}`;
        found.push(line);
        onDifference?.(line);
      }
    }
  } finally {
    await agent.stop();
    await proxy.stop();
  }
  return found;
}

/** Grow by themselves. */
const clocks = /^container_(last_seen|uptime_seconds) /;
const resources = /^docker_(images|volumes|networks)_total/;
const known = /^container_(start_time_seconds|health_status|restart_count|exit_code|info|spec_\w+) /;
const counts = /^docker_(containers|images|volumes|networks)_total /;

async function stateOf(engine: DockerEngine): Promise<View> {
  const [view, info, images, volumes, networks] = await Promise.all([
    viewOf(engine, { stats: false }),
    engine.apiGet<EngineInfo>('/info'),
    engine.apiGet<readonly unknown[]>('/images/json'),
    engine.apiGet<VolumeList>('/volumes'),
    engine.apiGet<readonly unknown[]>('/networks'),
  ]);
  const containers = [...expectedSeries(view)].filter(([key]) => !clocks.test(key));
  return new Map([
    ...containers,
    ['docker_containers_total [["state","running"]]', info.ContainersRunning ?? Number.NaN],
    ['docker_containers_total [["state","paused"]]', info.ContainersPaused ?? Number.NaN],
    ['docker_containers_total [["state","stopped"]]', info.ContainersStopped ?? Number.NaN],
    ['docker_images_total []', images.length],
    ['docker_volumes_total []', volumes.Volumes?.length ?? 0],
    ['docker_networks_total []', networks.length],
  ]);
}

function scraped({ families }: Exposition): View {
  const samples = [...families.values()].flatMap((family) => family.samples);
  const keyed = samples.map(({ name, labels, value }) => [`${name} ${JSON.stringify([...labels])}`, value] as const);
  return new Map(keyed.filter(([key]) => known.test(key) || counts.test(key)));
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
    if (!isExact(key) || references.some((reference) => isSame(value, reference.get(key)))) return [];
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
