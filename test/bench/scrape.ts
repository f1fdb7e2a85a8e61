/**
 * What a scrape costs, beside what the engine itself allows, in one run:
 *
 *     npm run bench [-- --sizes 10,100,1000,5000] [--modes direct,ticking,real] [--runs 15] [--path /metrics/cadvisor]
 *         [--json FILE] [--check]
 *
 * The agent is the bundle of the image, run with its flags. The floor is a bare node:http client with kept connections
 * that knows the containers, and asks /info and the stats with the same bound. Both take turns, each in a process of its
 * own. CPU is that of the process, from the kernel. The engine is simulated: `direct` takes `--sampling` milliseconds for
 * a stats call, `ticking` answers once a second; a list takes `--listing` milliseconds for each container. `real` is the
 * engine at `--host`, with the containers that it has; it is left out where there is none. `--check` exits with 1 where a
 * scrape makes more calls than it should.
 */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startAgentChild, startChild, startWatchedAgent } from './children.ts';
import type { FloorRun } from './floor-client.ts';
import type { LoopDelay } from './loop-delay.ts';
import { usageOf } from './measured-process.ts';
import { productionEntry } from './production.ts';
import { median, quantile, spread } from './statistics.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10,100,1000,5000' },
    modes: { type: 'string', default: 'direct,ticking,real' },
    runs: { type: 'string', default: '15' },
    path: { type: 'string', default: '/metrics' },
    // A pass of Docker 20.10 took 4 to 6 ms of a core for each of 100 containers; ten at once on four cores, this.
    sampling: { type: 'string', default: '12' },
    // Docker 29 with its containerd image store takes 3.5.
    listing: { type: 'string', default: '0' },
    host: { type: 'string', default: '/var/run/docker.sock' },
    json: { type: 'string' },
    check: { type: 'boolean', default: false },
  },
});

interface Row {
  readonly mode: string;
  readonly containers: number;
  /** Milliseconds, medians. */
  readonly wall: number;
  readonly wallSpread: number;
  readonly floorWall: number;
  readonly wallRatio: number;
  /** Milliseconds a scrape, warm. */
  readonly cpu: number;
  readonly floorCpu: number;
  readonly cpuRatio: number;
  /** Of the engine, a scrape; undefined where it does not tell. */
  readonly calls: number | undefined;
  /** The stats calls, /info, /events, an inspection of each unhealthy container, and the four lists when they are due. */
  readonly maxCalls: number;
  readonly bytes: number;
  /** MB, private. */
  readonly memoryPeak: number;
  readonly memorySettled: number;
  /** Milliseconds; the maximum is the median of those of the scrapes. */
  readonly loopDelay: number;
  readonly loopMax: number;
  readonly startUp: number;
}

const folder = await mkdtemp(join(tmpdir(), 'bench-'));
const entry = await productionEntry(join(folder, 'bundle'));
const runs = Number(values.runs);
const rows: Row[] = [];
try {
  for (const mode of values.modes.split(',')) {
    if (mode === 'real') {
      if (await isSocket(values.host)) add(await measure(mode, values.host));
      else process.stdout.write(`${values.host} is no socket, so there is no real engine\n`);
      continue;
    }
    for (const containers of values.sizes.split(',').map(Number)) add(await measureSimulated(mode, containers));
  }
} finally {
  await rm(folder, { recursive: true });
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
if (values.check) check(rows);

function add(row: Row): void {
  rows.push(row);
  print(row);
}

function isSocket(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isSocket(),
    () => false,
  );
}

async function measureSimulated(mode: string, containers: number): Promise<Row> {
  const socketPath = join(folder, `${mode}-${containers}.sock`);
  const ticking = mode === 'ticking';
  const sampling = ticking ? 0 : Number(values.sampling);
  const engine = await startChild<{ calls: number }>('engine-process.ts', {
    containers,
    ticking,
    sampling,
    listing: Number(values.listing),
    socketPath,
  });
  try {
    return await measure(mode, socketPath, async () => (await engine.ask()).calls);
  } finally {
    await engine.end();
  }
}

/** `takeCalls` tells how many calls the engine got since it was asked last; a real one does not. */
async function measure(mode: string, socketPath: string, takeCalls?: () => Promise<number>): Promise<Row> {
  const args = ['--docker.host', `unix://${socketPath}`, '--logging.level', 'error'];
  const agent = await startAgentChild(entry, args);
  const watched = await startWatchedAgent(entry, args);
  // The agent's stream of events is one of its ten calls at once.
  const bound = mode === 'ticking' ? 256 : 9;
  const floor = await startChild<FloorRun>('floor-client.ts', { socketPath, bound });
  const scrape = async (port: number): Promise<number> =>
    (await (await fetch(`http://127.0.0.1:${port}${values.path}`)).arrayBuffer()).byteLength;

  // Warm: the compilers of all have seen the work, and the agents' event streams are up.
  const { containers, unhealthy } = await floor.ask();
  const warmUp = mode === 'ticking' ? 5 : Math.max(5, Math.min(60, Math.ceil(5_000 / containers)));
  for (let run = 0; run < warmUp; run += 1) {
    await scrape(agent.port);
    await scrape(watched.port);
    await floor.ask();
  }
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  for (const { port } of [agent, agent, watched, watched]) await scrape(port);

  const walls: number[] = [];
  const floorWalls: number[] = [];
  const floorCpus: number[] = [];
  const bytes: number[] = [];
  const calls: number[] = [];
  const loop: LoopDelay[] = [];
  let memoryPeak = 0;
  const begin = usageOf(agent.pid);
  for (let run = 0; run < runs; run += 1) {
    const floorRun = await floor.ask();
    floorWalls.push(floorRun.wall);
    floorCpus.push(floorRun.cpu);
    await takeCalls?.();
    const begun = performance.now();
    bytes.push(await scrape(agent.port));
    walls.push(performance.now() - begun);
    if (takeCalls !== undefined) calls.push(await takeCalls());
    memoryPeak = Math.max(memoryPeak, usageOf(agent.pid).privateMemory);
    await watched.ask();
    await scrape(watched.port);
    loop.push(await watched.ask());
  }
  const cpu = (usageOf(agent.pid).cpu - begin.cpu) / runs;
  const floorCpu = floorCpus.reduce((sum, each) => sum + each, 0) / runs;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const { privateMemory: memorySettled } = usageOf(agent.pid);
  await Promise.all([agent.end(), watched.end(), floor.end()]);
  return {
    mode,
    containers,
    wall: median(walls),
    wallSpread: spread(walls),
    floorWall: median(floorWalls),
    wallRatio: median(walls) / median(floorWalls),
    cpu,
    floorCpu,
    cpuRatio: cpu / floorCpu,
    calls: calls.length === 0 ? undefined : median(calls),
    maxCalls: containers + 2 + unhealthy + 4,
    bytes: median(bytes),
    memoryPeak,
    memorySettled,
    loopDelay: quantile(
      loop.map(({ p99 }) => p99),
      0.99,
    ),
    loopMax: median(loop.map(({ max }) => max)),
    startUp: agent.startUp,
  };
}

function print(row: Row): void {
  if (rows.length === 1)
    process.stdout.write(
      `${Object.keys(row)
        .map((key) => key.padStart(14))
        .join('')}\n`,
    );
  const cells = Object.values(row).map((value: string | number | undefined) =>
    (typeof value === 'number' ? rounded(value) : (value ?? '')).padStart(14),
  );
  process.stdout.write(`${cells.join('')}\n`);
}

function rounded(value: number): string {
  return value >= 1000 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
}

/** Only calls: every time and every CPU figure depends on how busy the machine is. */
function check(measured: readonly Row[]): void {
  const missed = measured
    .filter(({ calls = 0, maxCalls }) => calls > maxCalls)
    .map(
      ({ mode, containers, calls, maxCalls }) => `${mode} ${containers}: ${calls} calls, at most ${maxCalls} wanted`,
    );
  for (const line of missed) process.stdout.write(`${line}\n`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}
