/**
 * What a scrape costs, beside what the engine itself allows, in one run on simulated engines:
 *
 *     npm run bench [-- --sizes 10,100,1000,5000] [--runs 15] [--entry dist/main.js] [--json FILE] [--check]
 *
 * The floor is a bare node:http client that only fetches the stats, with kept connections and the same bound. Both
 * take turns, each in a process of its own. CPU is that of the process, from the kernel. `--check` exits with 1 where
 * a ratio that holds on a noisy machine is missed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startAgentChild, startChild } from './children.ts';
import { usageOf } from './measured-process.ts';
import { median, quantile, spread } from './statistics.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10,100,1000,5000' },
    modes: { type: 'string', default: 'direct,ticking' },
    runs: { type: 'string', default: '15' },
    entry: { type: 'string', default: 'lib/main.ts' },
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
  readonly callsPerScrape: number;
  readonly bytes: number;
  /** MB, private. */
  readonly memoryPeak: number;
  readonly memorySettled: number;
  /** Milliseconds. */
  readonly loopDelay: number;
  readonly startUp: number;
}

const folder = await mkdtemp(join(tmpdir(), 'bench-'));
const rows: Row[] = [];
try {
  for (const mode of values.modes.split(',')) {
    for (const containers of values.sizes.split(',').map(Number)) {
      const row = await measure(mode, containers, Number(values.runs));
      rows.push(row);
      print(row);
    }
  }
} finally {
  await rm(folder, { recursive: true });
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
if (values.check) check(rows);

async function measure(mode: string, containers: number, runs: number): Promise<Row> {
  const socketPath = join(folder, `${mode}-${containers}.sock`);
  const ticking = mode === 'ticking';
  const engine = await startChild<{ calls: number }>('engine-process.ts', { containers, ticking, socketPath });
  const floor = await startChild<{ milliseconds: number }>('floor-client.ts', {
    socketPath,
    bound: ticking ? 256 : 10,
  });
  const agent = await startAgentChild(values.entry, [
    '--docker.host',
    `unix://${socketPath}`,
    '--logging.level',
    'error',
  ]);
  const scrape = async (): Promise<number> =>
    (await (await fetch(`http://127.0.0.1:${agent.port}/metrics`)).arrayBuffer()).byteLength;

  // Warm: the compilers of both have seen the work, and the agent's event stream is up.
  const warmUp = ticking ? 3 : Math.max(5, Math.min(60, Math.ceil(5_000 / containers)));
  for (let run = 0; run < warmUp; run += 1) {
    await scrape();
    await floor.ask();
  }
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await scrape();
  await scrape();
  await engine.ask();
  await agent.ask();

  const walls: number[] = [];
  const floorWalls: number[] = [];
  const bytes: number[] = [];
  const calls: number[] = [];
  const loop: number[] = [];
  let memoryPeak = 0;
  const begin = { agent: usageOf(agent.pid), floor: usageOf(floor.pid) };
  for (let run = 0; run < runs; run += 1) {
    const { milliseconds } = await floor.ask();
    floorWalls.push(milliseconds);
    await engine.ask();
    await agent.ask();
    const begun = performance.now();
    bytes.push(await scrape());
    walls.push(performance.now() - begun);
    calls.push((await engine.ask()).calls);
    loop.push((await agent.ask()).p99);
    memoryPeak = Math.max(memoryPeak, usageOf(agent.pid).privateMemory);
  }
  const end = { agent: usageOf(agent.pid), floor: usageOf(floor.pid) };
  const cpu = (end.agent.cpu - begin.agent.cpu) / runs;
  const floorCpu = (end.floor.cpu - begin.floor.cpu) / runs;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const { privateMemory: memorySettled } = usageOf(agent.pid);
  await Promise.all([agent.end(), floor.end()]);
  await engine.end();
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
    callsPerScrape: median(calls),
    bytes: median(bytes),
    memoryPeak,
    memorySettled,
    loopDelay: quantile(loop, 0.99),
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
  const cells = Object.values(row).map((value: string | number) =>
    (typeof value === 'number' ? rounded(value) : value).padStart(14),
  );
  process.stdout.write(`${cells.join('')}\n`);
}

function rounded(value: number): string {
  return value >= 1000 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
}

/** Only what does not depend on how busy the machine is: calls, and CPU against CPU. */
function check(measured: readonly Row[]): void {
  const missed = measured.flatMap(({ mode, containers, callsPerScrape, cpuRatio }) => [
    ...(callsPerScrape > containers + 6
      ? [`${mode} ${containers}: ${callsPerScrape} calls, at most ${containers + 6} wanted`]
      : []),
    ...(containers === 100 && mode === 'direct' && cpuRatio > 4
      ? [`${mode} ${containers}: ${cpuRatio.toFixed(1)} times the floor's CPU, at most 4 wanted`]
      : []),
  ]);
  for (const line of missed) process.stdout.write(`${line}\n`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}
