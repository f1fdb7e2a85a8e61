import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitReasons } from '../../lib/inventory/lifecycle/exits.ts';
import { type AgentProcess, startAgent } from '../support/agent-process.ts';
import type { DockerEngine } from '../support/docker-engine.ts';
import type { Exposition } from '../support/exposition.ts';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';
import { type LifecycleOperations, createLifecycleOperations, handActions, jobKinds } from './lifecycle-operations.ts';
import { type Random, createRandom } from './random.ts';

export interface LifecycleChaosOptions {
  readonly engine: DockerEngine;
  readonly seed: number;
  readonly operations: number;
  /** How often the stream of events is cut. */
  readonly cuts: number;
  /** How often the daemon is restarted. */
  readonly restarts: number;
  /** Hears of each scrape that was held against what was done. */
  readonly onScrape?: (line: string) => void;
}

export interface LifecycleChaosResult {
  readonly differences: readonly string[];
  readonly gaps: number;
  /** Bytes of the agent's resident memory, at each scrape. */
  readonly memory: readonly number[];
}

/** Operations at once, between which the stream is cut, the daemon restarted, and a scrape held against all. */
const atOnce = 4;

/** How many of such rounds there are to a scrape, on average. */
const roundsPerScrape = 4;

/**
 * Does things to containers while the stream of events is cut and the daemon restarted, and holds the agent's sums
 * against what was done.
 */
export async function lifecycleChaos(options: LifecycleChaosOptions): Promise<LifecycleChaosResult> {
  const { engine, seed, operations: total, cuts, restarts, onScrape } = options;
  const random = createRandom(seed);
  const proxy = await startCuttingProxy(join(engine.dataRoot, '..', 'lifecycle.sock'), engine.socketPath);
  let agent: AgentProcess | undefined;
  const differences: string[] = [];
  const memory: number[] = [];
  let gaps = 0;
  try {
    agent = await startAgent({ args: ['--docker.host', proxy.host] });
    const operations = await createLifecycleOperations(engine);
    const rounds = Math.ceil(total / atOnce);
    const disturbances = [...Array<string>(cuts).fill('cut'), ...Array<string>(restarts).fill('restart')].map(
      (what) => ({ what, round: 1 + Math.floor(random.next() * rounds) }),
    );
    for (let round = 1; round <= rounds; round += 1) {
      const running = [doRandomThings(operations, random)];
      for (const { what, round: when } of disturbances) {
        if (when !== round) continue;
        if (what === 'cut') running.push(cutWithin(1_500, random, proxy));
      }
      await Promise.all(running);
      if (disturbances.some(({ what, round: when }) => when === round && what === 'restart')) {
        await operations.restartDaemon();
      }
      if (round < rounds && random.next() * roundsPerScrape >= 1) continue;
      const scrape = await settledScrape(agent, operations);
      differences.push(...compare(scrape, operations).map((line) => `seed ${seed}, round ${round}: ${line}`));
      gaps = scrape.value('exporter_event_gaps_total') ?? Number.NaN;
      memory.push(scrape.value('process_resident_memory_bytes') ?? Number.NaN);
      onScrape?.(
        `round ${round} of ${rounds}: ${differences.length} differences, ${gaps} gaps, ${memory.at(-1)} bytes`,
      );
      if (differences.length > 0) break;
    }
  } finally {
    await agent?.stop();
    await proxy.stop();
  }
  return { differences, gaps, memory };
}

/** Things by hand are done one after another, so that what is done to the container is known. */
async function doRandomThings(operations: LifecycleOperations, random: Random): Promise<void> {
  const byHand = async (): Promise<void> => operations.byHand(random.pick(handActions));
  const others = Array.from({ length: atOnce - 1 }, async () => {
    if (random.next() < 0.1) await operations.crash();
    else await operations.runJob(random.pick(jobKinds));
  });
  await Promise.all([byHand(), ...others]);
}

async function cutWithin(milliseconds: number, random: Random, proxy: CuttingProxy): Promise<void> {
  await sleep(random.next() * milliseconds);
  proxy.cutEvents();
}

/** The engine may tell of an end a moment after it answered; what is too much is so at once. */
async function settledScrape(agent: AgentProcess, operations: LifecycleOperations): Promise<Exposition> {
  let scrape = await agent.metrics();
  for (let attempt = 0; attempt < 20 && compare(scrape, operations).length > 0; attempt += 1) {
    await sleep(250);
    scrape = await agent.metrics();
  }
  return scrape;
}

/** In what the agent's sums differ from what was done. */
export function compare(scrape: Exposition, { done }: LifecycleOperations): readonly string[] {
  return [...done].flatMap(([project, { starts, exits, outOfMemory, runSeconds }]) => {
    const labels = { compose_project: project };
    const exact = [
      ['starts', starts, scrape.value('docker_container_starts_total', labels)],
      ...exitReasons.map(
        (reason) =>
          [reason, exits[reason], scrape.value('docker_container_exits_total', { ...labels, reason })] as const,
      ),
    ] as const;
    const differences = exact
      .filter(([, expected, value = 0]) => value !== expected)
      .map(([what, expected, value]) => `${project} ${what}: ${expected} done, ${value} counted`);
    const oomEvents = scrape.value('docker_container_oom_events_total', labels) ?? 0;
    if (oomEvents < outOfMemory) differences.push(`${project}: ${oomEvents} oom events, ${outOfMemory} out of memory`);
    const seconds = scrape.value('docker_container_run_seconds_total', labels) ?? 0;
    if (runSeconds !== undefined && (seconds < runSeconds.least - starts || seconds > runSeconds.most)) {
      differences.push(`${project}: ran ${runSeconds.least} to ${runSeconds.most} s, ${seconds} s counted`);
    }
    return differences;
  });
}
