/**
 * Whether scrapes are answered in time where the CPU does not suffice: the agent in a cgroup of its own, a simulated
 * engine outside, a scrape every 15 seconds that may take 10.
 *
 *     npm run bench -- deadline [--containers 500] [--cpus 0.05] [--scrapes 10]
 *
 * A line for each scrape. Exits with 1 where one was late or `exporter_up` not 1, or where what is missing was not
 * counted. For root on a host, with cgroups of version 1 or 2.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { parseExposition } from '../support/exposition.ts';
import { freePort } from '../support/http.ts';
import { createCgroup } from './cgroup.ts';
import { startChild, startCommand } from './children.ts';
import { productionEntry } from './production.ts';

const { values } = parseArgs({
  options: {
    containers: { type: 'string', default: '500' },
    cpus: { type: 'string', default: '0.05' },
    scrapes: { type: 'string', default: '10' },
  },
});
const containers = Number(values.containers);
const scrapeIntervalMs = 15_000;
const scrapeTimeoutMs = 10_000;

const folder = await mkdtemp(join(tmpdir(), 'deadline-'));
const entry = await productionEntry(join(folder, 'bundle'));
const socketPath = join(folder, 'engine.sock');
const engine = await startChild('engine-process.ts', { containers, ticking: false, sampling: 0, socketPath });
const cgroup = await createCgroup(`exporter-deadline-${process.pid}`, {
  cpus: Number(values.cpus),
  memoryBytes: 256 * 2 ** 20,
});
const port = await freePort();
const settings = { 'docker.host': `unix://${socketPath}`, 'server.port': port, 'logging.level': 'error' };
const agent = await startCommand(entry, settings, cgroup.enter);
try {
  await eventually('the agent is alive', async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok, {
    within: 60_000,
  });
  let errorsBefore = 0;
  for (let index = 0; index < Number(values.scrapes); index += 1) {
    const begun = performance.now();
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
      headers: { 'x-prometheus-scrape-timeout-seconds': String(scrapeTimeoutMs / 1_000), 'accept-encoding': 'gzip' },
    });
    const exposition = parseExposition(await response.text());
    const elapsedMs = performance.now() - begun;
    const shown = exposition.select('container_info').length;
    const measured = exposition.select('container_memory_usage_bytes').length;
    const errors = exposition.value('exporter_scrape_errors_total', { collector: 'container' }) ?? 0;
    const isUp = exposition.value('exporter_up') === 1;
    const isRight = elapsedMs < scrapeTimeoutMs && isUp && errors - errorsBefore >= containers - measured;
    if (!isRight) process.exitCode = 1;
    process.stdout.write(
      `${isRight ? 'right' : 'WRONG'}: ${(elapsedMs / 1_000).toFixed(2)} s, ${isUp ? 'up' : 'down'}, ` +
        `${shown} containers shown, ${measured} of them measured, ${errors - errorsBefore} errors counted\n`,
    );
    errorsBefore = errors;
    await sleep(Math.max(0, scrapeIntervalMs - elapsedMs));
  }
} finally {
  await agent.stop();
  await engine.end();
  await cgroup.remove();
  await rm(folder, { recursive: true });
}
