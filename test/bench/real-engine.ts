/**
 * What a scrape makes a real Docker Engine work, beside a bare client that knows the containers and asks for /info and
 * their stats alone. Starts an engine of its own, so it needs root and dockerd:
 *
 *     npm run bench -- engine [--engine 29|20.10] [--containers 100] [--pairs 10] [--check]
 *
 * The agent is the bundle of the image, run with its flags. It and the client take turns, each in a process of its own,
 * and nothing changes meanwhile. CPU is that of the processes, from the kernel; the engine's is that of dockerd and
 * containerd, and the shims', of which there is one a container, stand beside it. `--check` exits with 1 where a goal is
 * missed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { startContainers } from '../engine/crowd.ts';
import { type DockerEngine, engineVersions, startDockerEngine } from '../support/docker-engine.ts';
import { send } from '../support/http.ts';
import { parseExposition } from '../support/exposition.ts';
import { descendantsOf } from '../support/process-tree.ts';
import { startAgentChild, startChild } from './children.ts';
import type { FloorRun } from './floor-client.ts';
import { cpuOf } from './measured-process.ts';
import { productionEntry } from './production.ts';
import { median, spread } from './statistics.ts';

/** Milliseconds that one scrape took, and what it cost. */
interface Cost {
  readonly wall: number;
  readonly engineCpu: number;
  readonly shimCpu: number;
  readonly ownCpu: number;
}

/** How many times the bare client's a scrape's may be. */
const goals: Readonly<Record<keyof Cost, number>> = { wall: 1.25, engineCpu: 1.15, shimCpu: 1.15, ownCpu: 3 };

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: '29' },
    containers: { type: 'string', default: '100' },
    pairs: { type: 'string', default: '10' },
    check: { type: 'boolean', default: false },
  },
});
const version = engineVersions.find((name) => name === values.engine);
if (version === undefined) throw new Error(`--engine is one of ${engineVersions.join(', ')}`);

const folder = await mkdtemp(join(tmpdir(), 'bench-engine-'));
const engine = await startDockerEngine(version);
try {
  await populate(engine, Number(values.containers));
  await measure(engine);
} finally {
  await engine.stop();
  await rm(folder, { recursive: true });
}

/** 15 images, 20 volumes and 10 networks, and as many containers as wanted. */
async function populate({ docker, dataRoot }: DockerEngine, containers: number): Promise<void> {
  for (let tag = 2; tag <= 15; tag += 1) await docker('import', join(dataRoot, '..', 'busybox.tar'), `image:${tag}`);
  for (let number = 1; number <= 20; number += 1) await docker('volume', 'create', `volume-${number}`);
  // Beside bridge, host and none.
  for (let number = 4; number <= 10; number += 1) await docker('network', 'create', `network-${number}`);
  await startContainers(engine, containers);
}

async function measure({ host, socketPath, pid }: DockerEngine): Promise<void> {
  const entry = await productionEntry(join(folder, 'bundle'));
  const agent = await startAgentChild(entry, ['--docker.host', host, '--logging.level', 'error']);
  // The agent's stream of events is one of its ten calls at once; an engine that samples once a second has its own bound.
  const bound = version === '20.10' ? 256 : 9;
  const floor = await startChild<FloorRun>('floor-client.ts', { socketPath, bound });
  const processes = descendantsOf(pid() ?? 0);
  const named = (pattern: RegExp): number[] =>
    processes.filter(({ command }) => pattern.test(command)).map((each) => each.pid);
  const daemons = named(/^(dockerd|containerd)$/);
  const shims = named(/^containerd-shim/);

  const costOf = async <Value>(own: number, run: () => Promise<Value>): Promise<{ cost: Cost; value: Value }> => {
    const cpu = (): number[] =>
      [daemons, shims, [own]].map((pids) => pids.map(cpuOf).reduce((sum, each) => sum + each, 0));
    const before = cpu();
    const begun = performance.now();
    const value = await run();
    const wall = performance.now() - begun;
    const [engineCpu = 0, shimCpu = 0, ownCpu = 0] = cpu().map((after, index) => after - (before[index] ?? 0));
    return { cost: { wall, engineCpu, shimCpu, ownCpu }, value };
  };
  // As Prometheus asks, and no more: what becomes of the bytes afterwards is not the agent's.
  const target = { host: '127.0.0.1', port: agent.port, path: '/metrics', headers: { 'accept-encoding': 'gzip' } };
  const expositions: Buffer[] = [];
  const scrape = async (): Promise<Cost> => {
    const { cost, value } = await costOf(agent.pid, () => send(target));
    expositions.push(value.body);
    return cost;
  };
  const bare = async (): Promise<Cost> => (await costOf(floor.pid, floor.ask)).cost;

  // Warm: the agent's code is compiled by some two hundred scrapes, the client's much earlier. 20.10 takes seconds each.
  const warmUps = version === '20.10' ? 60 : 200;
  for (let run = 0; run < warmUps; run += 1) {
    await scrape();
    await bare();
  }
  const costs: { scrape: Cost[]; bare: Cost[] } = { scrape: [], bare: [] };
  for (let pair = 0; pair < Number(values.pairs); pair += 1) {
    // What one leaves behind for the collectors of garbage shall not always fall to the other.
    const order = pair % 2 === 0 ? (['scrape', 'bare'] as const) : (['bare', 'scrape'] as const);
    for (const who of order) {
      await sleep(200);
      costs[who].push(await (who === 'scrape' ? scrape() : bare()));
    }
  }
  const { containers } = await floor.ask();
  await Promise.all([agent.end(), floor.end()]);
  const [before = 0, ...totals] = expositions.slice(warmUps - 1).map((body) => callsIn(gunzipSync(body).toString()));
  const calls = totals.map((total, index) => total - (totals[index - 1] ?? before));
  // The median, since now and then the agent looks at the lists between two scrapes.
  report(containers, median(calls), costs);
}

/** Calls to the engine over the life of the agent. */
function callsIn(text: string): number {
  const samples = parseExposition(text).select('exporter_engine_requests_total');
  return samples.reduce((sum, { value }) => sum + value, 0);
}

function report(
  containers: number,
  calls: number,
  { scrape, bare }: Readonly<Record<'scrape' | 'bare', readonly Cost[]>>,
): void {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print(`Docker ${version}, ${containers} containers, medians of ${scrape.length} pairs, ms (half of them within)`);
  const missed: string[] = [];
  for (const key of ['wall', 'engineCpu', 'shimCpu', 'ownCpu'] as const) {
    const [ours, floor] = [scrape, bare].map((costs) => costs.map((cost) => cost[key])) as [number[], number[]];
    const ratio = median(ours) / median(floor);
    if (ratio > goals[key]) missed.push(key);
    const cell = (list: readonly number[]): string =>
      `${median(list).toFixed(1)} (${spread(list).toFixed(1)})`.padStart(16);
    print(`${key.padEnd(10)}${cell(ours)}${cell(floor)}  ratio ${ratio.toFixed(2)}, goal ${goals[key]}`);
  }
  print(`calls a scrape: ${calls}, goal ${containers + 2}`);
  if (calls > containers + 2) missed.push('calls');
  if (values.check && missed.length > 0) process.exitCode = 1;
}
