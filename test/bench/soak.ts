/**
 * Runs the agent for a long time on a simulated engine where containers come, go, crash, restart and misbehave and the
 * daemon itself goes away now and then, scraped all the while, and reports what grew:
 *
 *     node test/bench/soak.ts [--minutes 60] [--containers 100] [--entry lib/main.ts] [--json FILE]
 *
 * Exits with 1 when memory or open files at the end are over those after the first tenth by more than a fifth and 8 MB,
 * or when a scrape failed.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSimulator } from '../../lib/simulator/simulator.ts';
import { startAgentChild } from './children.ts';
import { usageOf } from './measured-process.ts';
import { median } from './statistics.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    containers: { type: 'string', default: '100' },
    entry: { type: 'string', default: 'lib/main.ts' },
    json: { type: 'string' },
  },
});
const containers = Number(values.containers);
const end = Date.now() + Number(values.minutes) * 60_000;

const engine = await startSimulator({ containers, tickMilliseconds: 200 });
const agent = await startAgentChild(
  values.entry,
  ['--docker.host', engine.host, '--logging.level', 'error', '--collection.timeout', '1s'],
  ['--max-old-space-size=64', '--max-semi-space-size=1'],
);

interface Sample {
  readonly minute: number;
  readonly privateMemory: number;
  readonly openFiles: number;
  readonly series: number;
}
const samples: Sample[] = [];
const counts = { scrapes: 0, failedScrapes: 0, added: 0, removed: 0, restarted: 0, faults: 0, daemonRestarts: 0 };
const begun = Date.now();
let turn = 0;

/** The same sequence in every run. */
function choose(upTo: number): number {
  turn = (turn * 1_103_515_245 + 12_345) % 2 ** 31;
  // The low bits of such a sequence have short periods.
  return Math.floor(turn / 65_536) % upTo;
}

function churn(): void {
  const all = engine.containers.all();
  const victim = all[choose(all.length)];
  if (victim === undefined) return;
  switch (choose(6)) {
    case 0:
      engine.containers.remove(victim.name);
      engine.containers.add();
      counts.removed += 1;
      counts.added += 1;
      break;
    case 1:
      if (victim.status === 'running') engine.containers.restart(victim.name);
      counts.restarted += 1;
      break;
    case 2:
      if (victim.status === 'running') engine.containers.pause(victim.name);
      else if (victim.status === 'paused') engine.containers.unpause(victim.name);
      break;
    case 3:
      if (victim.status === 'running') engine.containers.exit(victim.name, choose(4));
      else if (victim.status === 'restarting') engine.containers.recover(victim.name);
      else if (victim.status === 'exited') engine.containers.start(victim.name);
      break;
    case 4:
      engine.fault('stats', faults[choose(faults.length)] ?? 'garbage', victim.name);
      counts.faults += 1;
      break;
    default:
      engine.clearFaults();
  }
}

const faults = ['hang-before-headers', 'hang-in-body', 'cut-before-headers', 'cut-body', 'garbage', 'empty'] as const;

async function scrape(): Promise<number> {
  counts.scrapes += 1;
  const response = await fetch(`http://127.0.0.1:${agent.port}/metrics`);
  const text = await response.text();
  if (!response.ok || !text.includes('\nexporter_up ')) counts.failedScrapes += 1;
  return text.split('\n').length;
}

let nextSample = begun;
let nextDaemonRestart = begun + 45_000;
while (Date.now() < end) {
  for (let change = 0; change < 5; change += 1) churn();
  const series = await scrape();
  if (Date.now() >= nextDaemonRestart) {
    await engine.stop();
    await scrape();
    await engine.start();
    counts.daemonRestarts += 1;
    nextDaemonRestart += 45_000;
  }
  if (Date.now() >= nextSample) {
    const { privateMemory, openFiles } = usageOf(agent.pid);
    samples.push({ minute: (Date.now() - begun) / 60_000, privateMemory, openFiles, series });
    process.stdout.write(
      `${((Date.now() - begun) / 60_000).toFixed(1)} min: ${privateMemory.toFixed(1)} MB private, ${openFiles} files, ${series} lines, ${JSON.stringify(counts)}\n`,
    );
    nextSample += 30_000;
  }
  await sleep(100);
}
await agent.end();
await engine.stop();

const tenth = Math.max(1, Math.floor(samples.length / 10));
const early = samples.slice(tenth, 2 * tenth + 1);
const late = samples.slice(-tenth);
const memory = {
  early: median(early.map(({ privateMemory }) => privateMemory)),
  late: median(late.map(({ privateMemory }) => privateMemory)),
};
const files = {
  early: median(early.map(({ openFiles }) => openFiles)),
  late: median(late.map(({ openFiles }) => openFiles)),
};
const grew = memory.late > memory.early * 1.2 + 8 || files.late > files.early * 1.2 + 8;
process.stdout.write(`${JSON.stringify({ minutes: Number(values.minutes), memory, files, ...counts })}\n`);
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify({ samples, counts, memory, files }, undefined, 2)}\n`);
process.exitCode = grew || counts.failedScrapes > 0 ? 1 : 0;
