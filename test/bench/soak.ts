/**
 * Runs the agent, bundled and with the flags of the image, for a long time on a simulated engine where containers come,
 * go, crash, restart and misbehave and the daemon itself goes away now and then. It is scraped all the while and pushes
 * once a second to a collector that refuses or drops every tenth push. Reports what grew:
 *
 *     npm run soak [-- --minutes 60] [--containers 100] [--churn 20] [--memory 64] [--json FILE]
 *
 * `--churn` is how many containers a second are removed and replaced; `--memory` is a limit in MiB, for root. Exits with 1
 * when the median of private memory in the last tenth of the time is over that of the second tenth by more than 5 %, when
 * open files grew by more than a tenth and 4, when a scrape failed, or when nothing was pushed.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSimulator } from '../simulator/simulator.ts';
import { eventually } from '../support/eventually.ts';
import { createCgroup } from './cgroup.ts';
import { freePort, startCommand } from './children.ts';
import { usageOf } from './measured-process.ts';
import { productionEntry } from './production.ts';
import { median } from './statistics.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    containers: { type: 'string', default: '100' },
    churn: { type: 'string', default: '20' },
    memory: { type: 'string' },
    json: { type: 'string' },
  },
});
const containers = Number(values.containers);
const replacedPerSecond = Number(values.churn);
const end = Date.now() + Number(values.minutes) * 60_000;

const counts = {
  scrapes: 0,
  failedScrapes: 0,
  pushes: 0,
  refusedPushes: 0,
  replaced: 0,
  restarted: 0,
  faults: 0,
  daemonRestarts: 0,
};
const folder = await mkdtemp(join(tmpdir(), 'soak-'));
const collector = createServer((request, response) => {
  request.resume().on('end', () => {
    counts.pushes += 1;
    if (counts.pushes % 20 === 10) {
      counts.refusedPushes += 1;
      response.writeHead(503, { 'retry-after': '1' }).end();
    } else if (counts.pushes % 20 === 0) {
      counts.refusedPushes += 1;
      request.socket.destroy();
    } else response.writeHead(200).end();
  });
}).listen(0, '127.0.0.1');
await once(collector, 'listening');
const { port: collectorPort } = collector.address() as AddressInfo;
const engine = await startSimulator({ containers, tickMilliseconds: 200 });
const settings = {
  'docker.host': engine.host,
  'server.address': '127.0.0.1',
  'server.port': await freePort(),
  'collection.timeout': '1s',
  'collection.collectors.disk': true,
  'otlp.endpoint': `http://127.0.0.1:${collectorPort}`,
  'otlp.export_interval': '1s',
  'logging.level': 'error',
};
const entry = await productionEntry(folder);
const cgroup =
  values.memory === undefined
    ? undefined
    : await createCgroup(`soak-${process.pid}`, { memoryBytes: Number(values.memory) * 2 ** 20 });
const agent = await startCommand(entry, settings, cgroup?.enter);
const metricsUrl = `http://127.0.0.1:${settings['server.port']}/metrics`;
await eventually('the agent answers', () => fetch(metricsUrl).then(() => true));

interface Sample {
  readonly minute: number;
  readonly privateMemory: number;
  readonly openFiles: number;
  readonly series: number;
}
const samples: Sample[] = [];
const begun = Date.now();
let turn = 0;

/** The same sequence in every run. */
function choose(upTo: number): number {
  turn = (turn * 1_103_515_245 + 12_345) % 2 ** 31;
  // The low bits of such a sequence have short periods.
  return Math.floor(turn / 65_536) % upTo;
}

/** Removes as many containers as are due by now, each at random, and adds a new one for each. */
function replaceContainers(): void {
  const due = Math.floor(((Date.now() - begun) / 1000) * replacedPerSecond);
  for (; counts.replaced < due; counts.replaced += 1) {
    const all = engine.containers.all();
    engine.containers.remove(all[choose(all.length)]?.name ?? '');
    engine.containers.add();
  }
}

function disturb(): void {
  const all = engine.containers.all();
  const victim = all[choose(all.length)];
  if (victim === undefined) return;
  switch (choose(5)) {
    case 0:
      if (victim.status === 'running') engine.containers.restart(victim.name);
      counts.restarted += 1;
      break;
    case 1:
      if (victim.status === 'running') engine.containers.pause(victim.name);
      else if (victim.status === 'paused') engine.containers.unpause(victim.name);
      break;
    case 2:
      if (victim.status === 'running') engine.containers.exit(victim.name, choose(4));
      else if (victim.status === 'restarting') engine.containers.recover(victim.name);
      else if (victim.status === 'exited') engine.containers.start(victim.name);
      break;
    case 3:
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
  const text = await fetch(metricsUrl).then(
    (response) => (response.ok ? response.text() : ''),
    () => '',
  );
  if (!text.includes('\nexporter_up ')) counts.failedScrapes += 1;
  return text.split('\n').length;
}

let nextSample = begun;
let nextReport = begun;
let nextDaemonRestart = begun + 45_000;
while (Date.now() < end) {
  if (!agent.isRunning()) throw new Error(`the agent ended: ${JSON.stringify(await agent.exited)}`);
  replaceContainers();
  for (let change = 0; change < 5; change += 1) disturb();
  const series = await scrape();
  if (Date.now() >= nextDaemonRestart) {
    await engine.stop();
    await scrape();
    await engine.start();
    counts.daemonRestarts += 1;
    nextDaemonRestart += 45_000;
  }
  if (Date.now() >= nextSample) {
    const minute = (Date.now() - begun) / 60_000;
    const { privateMemory, openFiles } = usageOf(agent.pid);
    samples.push({ minute, privateMemory, openFiles, series });
    nextSample += 5_000;
    if (Date.now() >= nextReport) {
      process.stdout.write(
        `${minute.toFixed(1)} min: ${privateMemory.toFixed(1)} MB private, ${openFiles} files, ${series} lines, ${JSON.stringify(counts)}\n`,
      );
      nextReport += 60_000;
    }
  }
  await sleep(100);
}
await agent.stop();
await cgroup?.remove();
await engine.stop();
collector.close();
await rm(folder, { recursive: true });

const tenth = Math.max(1, Math.floor(samples.length / 10));
const early = samples.slice(tenth, 2 * tenth);
const late = samples.slice(-tenth);
const memory = {
  early: median(early.map(({ privateMemory }) => privateMemory)),
  late: median(late.map(({ privateMemory }) => privateMemory)),
};
const files = {
  early: median(early.map(({ openFiles }) => openFiles)),
  late: median(late.map(({ openFiles }) => openFiles)),
};
const grew = memory.late > memory.early * 1.05 || files.late > files.early * 1.1 + 4;
process.stdout.write(`${JSON.stringify({ minutes: Number(values.minutes), memory, files, ...counts })}\n`);
if (values.json !== undefined)
  await writeFile(values.json, `${JSON.stringify({ samples, counts, memory, files }, undefined, 2)}\n`);
process.exitCode = grew || counts.failedScrapes > 0 || counts.pushes === 0 ? 1 : 0;
