/**
 * Whether the sizes of deploy/README.md suffice: the agent in a cgroup of its own, a simulated engine outside, a scrape
 * every 15 seconds that may take 10, and the health check of the image every 30 seconds in the same cgroup.
 *
 *     npm run bench -- sizes [--sizes 500:0.2:96,1000:0.2:128] [--minutes 10] [--ticking]
 *
 * A size is containers, CPUs and MiB. Exits with 1 where a scrape was missed, a check failed or memory ran out. For
 * root on a host, with cgroups of version 1 or 2 and busybox.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { installBusybox } from '../support/busybox.ts';
import { freePort } from '../support/http.ts';
import { createCgroup } from './cgroup.ts';
import { startChild, startCommand } from './children.ts';
import { productionEntry } from './production.ts';
import { median } from './statistics.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '100:0.05:64,500:0.2:96,1000:0.2:128' },
    minutes: { type: 'string', default: '10' },
    sampling: { type: 'string', default: '12' },
    ticking: { type: 'boolean', default: false },
  },
});
const scrapeIntervalMs = 15_000;
const scrapeTimeoutMs = 10_000;
const checkIntervalMs = 30_000;
const minutes = Number(values.minutes);
const execute = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'sizes-'));
const entry = await productionEntry(join(folder, 'bundle'));
const healthcheck = join(folder, 'bundle/healthcheck.sh');
await copyFile(new URL('../../deploy/healthcheck.sh', import.meta.url), healthcheck);
const busybox = await installBusybox();

for (const size of values.sizes.split(',')) {
  const [containers = 0, cpus = 0, mebibytes = 0] = size.split(':').map(Number);
  if (!(await isEnough(containers, cpus, mebibytes))) process.exitCode = 1;
}
busybox.remove();
await rm(folder, { recursive: true });

async function isEnough(containers: number, cpus: number, mebibytes: number): Promise<boolean> {
  const socketPath = join(folder, `${containers}.sock`);
  const { ticking } = values;
  const sampling = ticking ? 0 : Number(values.sampling);
  const engine = await startChild('engine-process.ts', { containers, ticking, sampling, socketPath });
  const cgroup = await createCgroup(`exporter-sizes-${process.pid}`, { cpus, memoryBytes: mebibytes * 2 ** 20 });
  const port = await freePort();
  const settings = { 'docker.host': `unix://${socketPath}`, 'server.port': port, 'logging.level': 'error' };
  const agent = await startCommand(entry, settings, cgroup.enter);
  const [shell, ...enter] = cgroup.enter;

  const scrapeMs: number[] = [];
  const checkMs: number[] = [];
  let missed = 0;
  let failedChecks = 0;
  let anonymous = 0;
  const end = Date.now() + minutes * 60_000;
  const scraping = every(scrapeIntervalMs, end, async () => {
    const begun = performance.now();
    const found = await scrape(port).catch(() => 0);
    if (found !== containers) missed += 1;
    scrapeMs.push(performance.now() - begun);
    anonymous = Math.max(anonymous, await cgroup.anonymousMemory());
  });
  const checking = every(checkIntervalMs, end, async () => {
    const begun = performance.now();
    const check = execute(shell, [...enter, busybox.shell, healthcheck], {
      timeout: scrapeTimeoutMs,
      env: { PATH: busybox.path },
    });
    await check.catch(() => (failedChecks += 1));
    checkMs.push(performance.now() - begun);
  });
  await Promise.all([scraping, checking]);

  const oomKills = await cgroup.oomKills();
  const cpuSeconds = await cgroup.cpuSeconds();
  process.stdout.write(
    `${containers} containers, ${cpus} CPUs, ${mebibytes} MiB, ${minutes} minutes: ` +
      `${missed} of ${scrapeMs.length} scrapes missed, median ${seconds(median(scrapeMs))}, slowest ${seconds(Math.max(...scrapeMs))}; ` +
      `${failedChecks} of ${checkMs.length} checks failed, slowest ${seconds(Math.max(...checkMs))}; ` +
      `${Math.round(anonymous / 1e6)} MB anonymous after a scrape, ${((cpuSeconds / minutes / 60) * 100).toFixed(1)} % of a CPU, ${oomKills} OOM kills\n`,
  );
  const lives = agent.isRunning();
  await agent.stop();
  await cgroup.remove();
  await engine.end();
  return lives && missed === 0 && failedChecks === 0 && oomKills === 0;
}

/** Calls again and again, the first time after the interval; a call that takes longer than that skips the next. */
async function every(intervalMs: number, end: number, call: () => Promise<void>): Promise<void> {
  for (let next = Date.now() + intervalMs; next < end; next += intervalMs) {
    await sleep(next - Date.now());
    await call();
  }
}

/** The number of containers whose memory is shown, asked as Prometheus asks. */
async function scrape(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
    signal: AbortSignal.timeout(scrapeTimeoutMs),
    headers: { 'x-prometheus-scrape-timeout-seconds': String(scrapeTimeoutMs / 1_000) },
  });
  return (await response.text()).match(/^container_memory_usage_bytes\{/gm)?.length ?? 0;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
