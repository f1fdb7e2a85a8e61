/**
 * How long a scrape of 100 running containers takes on this machine's Docker Engine, beside what a bare HTTP client
 * with kept connections needs for the same 100 stats calls made all at once. Needs root and dockerd.
 *
 *     node test/bench/ticking-engine.ts [pairs of runs, 15] [pause before each run in ms, 0]
 *
 * Without a pause each run begins just after a pass of the engine's one-second collector, which the run before waited
 * for; so both have the whole second ahead of them. Exits with 1 when the median scrape takes over 1.10 times as long.
 */
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerSummary, ContainerStats } from '../../lib/docker/api.ts';
import { startContainers } from '../engine/crowd.ts';
import { startAgent } from '../support/agent-process.ts';
import { startDockerEngine } from '../support/docker-engine.ts';
import { type Answer, send } from '../support/http.ts';

const containers = 100;
const target = 1.1;
const [pairs = 15, pause = 0] = process.argv.slice(2).map(Number);

const engine = await startDockerEngine();
try {
  await startContainers(engine, containers);
  const agent = await startAgent({ args: ['--docker.host', engine.host] });
  const kept = new Agent({ keepAlive: true });
  const { socketPath } = engine;
  const list = await engine.apiGet<readonly ContainerSummary[]>('/containers/json');

  const bareCalls = async (): Promise<void> => {
    const answers = await Promise.all(
      list.map(({ Id }) =>
        send({ socketPath, agent: kept, path: `/containers/${Id}/stats?stream=false&one-shot=true` }),
      ),
    );
    const measured = answers.filter(isMeasured).length;
    if (measured !== containers) throw new Error(`${measured} of ${containers} stats calls had figures`);
  };
  const scrape = async (): Promise<void> => {
    const measured = (await agent.metrics()).select('container_memory_usage_bytes').length;
    if (measured !== containers) throw new Error(`the scrape shows ${measured} of ${containers} containers`);
  };

  // One of each to warm up.
  await bareCalls();
  await scrape();
  const times: { bare: number[]; scrape: number[] } = { bare: [], scrape: [] };
  for (let pair = 0; pair < pairs; pair += 1) {
    times.bare.push(await timed(bareCalls));
    times.scrape.push(await timed(scrape));
  }
  kept.destroy();
  await agent.stop();

  const ratio = median(times.scrape) / median(times.bare);
  print('bare calls', times.bare);
  print('scrape', times.scrape);
  process.stdout.write(`ratio ${ratio.toFixed(3)}, wanted at most ${target.toFixed(2)}\n`);
  process.exitCode = ratio <= target ? 0 : 1;
} finally {
  await engine.stop();
}

function isMeasured({ status, body }: Answer): boolean {
  if (status !== 200) return false;
  const stats: ContainerStats = JSON.parse(body.toString());
  return stats.memory_stats?.usage !== undefined;
}

/** Milliseconds. */
async function timed(action: () => Promise<void>): Promise<number> {
  await sleep(pause);
  const begin = performance.now();
  await action();
  return performance.now() - begin;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

function print(what: string, values: readonly number[]): void {
  const rounded = values.map((value) => value.toFixed(0)).join(' ');
  process.stdout.write(`${what}: median ${median(values).toFixed(0)} ms (${rounded})\n`);
}
