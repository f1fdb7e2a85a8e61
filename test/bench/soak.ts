/**
 * Runs the command as it is deployed, at the pace of life: a scrape every 15 seconds, a push every minute, the page open
 * for half of the time, and a hundred containers of which some a minute come, go and crash. Reports what grew:
 *
 *     npm run soak [-- --engine simulator|closing|20.10|29] [--minutes 60] [--containers 100] [--memory 64]
 *
 * The simulated engine answers with API 1.41 after 300 ms, `closing` closes each connection as well; the others are real.
 * Exits with 1 when the median of private memory in the last tenth of the time is over that of the second tenth by more
 * than 3 %, when there are more open files, handles or listeners, when a scrape or a push failed, or when the agent logged
 * anything twice. For root.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { eventually } from '../support/eventually.ts';
import { accept, startFakeCollector } from '../support/fake-collector.ts';
import { send } from '../support/http.ts';
import { createCgroup } from './cgroup.ts';
import { freePort } from '../support/http.ts';
import { startCommand } from './children.ts';
import { usageOf } from './measured-process.ts';
import { productionEntry } from './production.ts';
import { startSoakedEngine } from './soaked-engine.ts';
import { median } from './statistics.ts';

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'simulator' },
    minutes: { type: 'string', default: '60' },
    containers: { type: 'string', default: '100' },
    memory: { type: 'string', default: '64' },
  },
});
const containers = Number(values.containers);
const scrapeIntervalMs = 15_000;
const pageIntervalMs = 3_000;
/** Scrapes in a tenth of the time. */
const tenth = Math.max(1, Math.round((Number(values.minutes) * 60_000) / scrapeIntervalMs / 10));

interface Sample {
  /** MB. */
  readonly privateMemory: number;
  readonly openFiles: number;
}

/** What the agent holds, with all garbage collected. */
interface Held {
  readonly handles: number;
  readonly listeners: number;
}

const folder = await mkdtemp(join(tmpdir(), 'soak-'));
const engine = await startSoakedEngine(values.engine, containers);
const collector = await startFakeCollector();
const cgroup = await createCgroup(`soak-${process.pid}`, { memoryBytes: Number(values.memory) * 2 ** 20 });
const port = await freePort();
const settings = {
  'docker.host': engine.host,
  'server.address': '127.0.0.1',
  'server.port': port,
  'otlp.endpoint': collector.url,
};
const probe = `NODE_OPTIONS=--import=${fileURLToPath(new URL('handles.mjs', import.meta.url))}`;
const agent = await startCommand(await productionEntry(folder), settings, [...cgroup.enter, 'env', probe]);

const counts = { pushes: 0, failedScrapes: 0, failedPageCalls: 0 };
collector.keepRequests = false;
collector.react = (response) => {
  counts.pushes += 1;
  accept(response);
};

/** The clients keep their connections. */
const prometheus = { port, host: '127.0.0.1', agent: new Agent({ keepAlive: true }) };
const browser = { port, host: '127.0.0.1', agent: new Agent({ keepAlive: true }) };

/** As Prometheus; whether the answer is whole. */
async function scrape(): Promise<boolean> {
  const headers = {
    accept: 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2',
    'accept-encoding': 'gzip',
    'x-prometheus-scrape-timeout-seconds': '10',
  };
  const { status, body } = await send({ ...prometheus, path: '/metrics', headers, timeout: 10_000 });
  if (status !== 200) return false;
  const shown =
    gunzipSync(body)
      .toString()
      .match(/^container_memory_usage_bytes\{/gm) ?? [];
  return shown.length >= containers;
}

async function sample(): Promise<Sample> {
  try {
    return usageOf(agent.pid);
  } catch (cause) {
    throw new Error(`the agent ended: ${JSON.stringify(await agent.exited)} ${agent.stderr()}`, { cause });
  }
}

async function heldByAgent(): Promise<Held> {
  const before = agent.stderr().length;
  process.kill(agent.pid, 'SIGUSR2');
  await eventually('the agent says what it holds', () => agent.stderr().slice(before).includes('}\n'));
  return JSON.parse(agent.stderr().slice(before)) as Held;
}

/** Messages that came more than once, and how often. */
function repeatedMessages(): Record<string, number> {
  const seen: Record<string, number> = {};
  for (const line of agent.stdout().split('\n').slice(0, -1)) {
    const { message } = JSON.parse(line) as { message: string };
    seen[message] = (seen[message] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(seen).filter(([, count]) => count > 1));
}

const samples: Sample[] = [];
/** Early and late. */
const held: Held[] = [];
let isPageOpen = false;
const page = setInterval(() => {
  if (!isPageOpen) return;
  send({ ...browser, path: '/api/containers' }).then(
    ({ status }) => (counts.failedPageCalls += status === 200 ? 0 : 1),
    () => (counts.failedPageCalls += 1),
  );
}, pageIntervalMs);

try {
  await eventually('the agent answers', async () => (await send({ ...prometheus, path: '/health' })).status === 200);
  const begun = performance.now();
  for (let index = 0; index < 10 * tenth; index += 1) {
    await sleep(Math.max(0, begun + index * scrapeIntervalMs - performance.now()));
    if (!(await scrape().catch(() => false))) counts.failedScrapes += 1;
    samples.push(await sample());
    if (index + 1 === 2 * tenth || index + 1 === 10 * tenth) held.push(await heldByAgent());
    // In the first half of each tenth.
    isPageOpen = index % tenth < tenth / 2;
    await engine.change();
    const { privateMemory = 0, openFiles = 0 } = samples.at(-1) ?? {};
    if (index % 4 === 0)
      process.stdout.write(
        `${index / 4} min: ${privateMemory.toFixed(1)} MB private, ${openFiles} files, ${JSON.stringify(counts)}\n`,
      );
  }
} finally {
  clearInterval(page);
  await agent.stop();
  await cgroup.remove();
  await engine.stop();
  await collector.stop();
  await rm(folder, { recursive: true });
}

/** What the agent has in the tenth that begins with that scrape. */
function holdings(from: number, held: Held | undefined): Sample & Held {
  const medianOf = (key: keyof Sample): number =>
    median(samples.slice(from, from + tenth).map((sample) => sample[key]));
  return {
    privateMemory: medianOf('privateMemory'),
    openFiles: medianOf('openFiles'),
    handles: held?.handles ?? Number.NaN,
    listeners: held?.listeners ?? Number.NaN,
  };
}

const [early, late] = [holdings(tenth, held[0]), holdings(9 * tenth, held[1])];
const repeated = repeatedMessages();
const faults = [
  ...(late.privateMemory <= early.privateMemory * 1.03 ? [] : ['memory grew']),
  ...(late.openFiles <= early.openFiles + 2 ? [] : ['open files grew']),
  ...(late.handles <= early.handles + 2 ? [] : ['handles grew']),
  ...(late.listeners <= early.listeners * 1.02 ? [] : ['listeners grew']),
  ...(counts.failedScrapes + counts.failedPageCalls === 0 ? [] : ['answers failed']),
  ...(counts.pushes >= Number(values.minutes) - 1 ? [] : ['pushes are missing']),
  ...(Object.keys(repeated).length === 0 ? [] : ['log lines were repeated']),
];
process.stdout.write(`${JSON.stringify({ early, late, ...counts, repeated }, undefined, 2)}\n`);
process.stdout.write(faults.length === 0 ? 'held\n' : `not held: ${faults.join(', ')}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
