import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { run } from '../support/process.ts';
import { needsTools } from '../support/tools.ts';
import {
  type ContainerState,
  type Scrape,
  container,
  inputSeries,
  noExits,
  page,
  secondsPerScrape,
} from './alert-pages.ts';

const rules = new URL('../../deploy/prometheus/alerts.yml', import.meta.url).pathname;

const minutes = 110;
/** When it happens: late enough for rules that look back an hour. */
const event = 75;

const stopped = { ...noExits, stopped: 1 };
const failedNow = { reason: 'error', minute: event } as const;
const stoppedNow = { reason: 'stopped', minute: event } as const;
/** It failed and was killed for lack of memory, hours ago. */
const scarred: Partial<ContainerState> & Pick<ContainerState, 'exits'> = {
  oomEvents: 1,
  restarts: 3,
  exits: { ...noExits, oom_killed: 1, error: 2 },
  lastExit: { reason: 'oom_killed', minute: -600 },
};

/** Starting for half a minute, as its health check sees it. */
const startedAt = (minute: number, now: number, changes: Partial<ContainerState> = {}): ContainerState =>
  container({ ...changes, startedAt: minute * 60, health: now < minute + 0.5 ? 1 : 2 });

/** What is scraped at a time in minutes, of what must not fire any alert. */
const harmless: Readonly<Record<string, (minute: number) => Scrape>> = {
  'a stop of what exits with 1': (now) =>
    now < event
      ? page([container()])
      : page([container({ status: 'exited', health: 0, exitCode: 1, exits: stopped, lastExit: stoppedNow })]),
  'a stop of what ignores SIGTERM, and was killed for lack of memory once': (now) =>
    now < event
      ? page([container(scarred)])
      : page([
          container({
            ...scarred,
            status: 'exited',
            exitCode: 137,
            exits: { ...scarred.exits, stopped: 1 },
            lastExit: stoppedNow,
          }),
        ]),
  'a restart': (now) =>
    now < event
      ? page([container()])
      : page([startedAt(event, now, { exits: stopped, exitCode: 0, lastExit: stoppedNow })]),
  'deploys every quarter of an hour': (now) => {
    const last = Math.floor(now / 15) * 15;
    // The old container gets another name before it is stopped and removed.
    if (now === last)
      return page([
        container({
          ...scarred,
          name: '0123456789ab_web',
          status: 'exited',
          health: 0,
          exitCode: 1,
          lastExit: { reason: 'stopped', minute: now },
        }),
      ]);
    return page([startedAt(last, now)]);
  },
  'compose down and up': (now) =>
    now < event ? page([container(scarred)]) : page(now < event + 1 ? [] : [container()]),
  'jobs that complete, some removed afterwards': (now) =>
    page([container({ name: 'job', image: 'job:1', status: 'exited', exits: { ...noExits, completed: 1 } })], {
      sums: { 'cron:1': { ...noExits, completed: Math.floor(now / 5), error: Math.floor(now / 15) } },
    }),
  'a reboot of the host': (now) => {
    if (now < event) return page([container(scarred)]);
    return now < event + 1.5 ? 'down' : page([startedAt(event + 1, now)]);
  },
  'a restart of the daemon': (now) => {
    if (now < event) return page([container(scarred)]);
    if (now < event + 1) return page([], { up: 0, errors: 1 });
    return page([startedAt(event + 1, now, { ...scarred, exits: { ...scarred.exits, stopped: 1 } })], {
      errors: 1,
      gaps: 1,
    });
  },
  'restarts of the exporter': (now) => {
    if (now === event || now === event + 5) return 'down';
    if (now < event) return page([container(scarred)]);
    return page([container({ restarts: 3 })], { startedAt: (now < event + 5 ? event : event + 5) * 60 });
  },
  'a restart of the exporter beside what failed long ago': (now) =>
    now === event
      ? 'down'
      : page([container({ status: 'exited', exitCode: 1, lastExit: { reason: 'error', minute: -600 } })]),
  'a restart of Prometheus': (now) => (now >= event && now < event + 2 ? 'missed' : page([container(scarred)])),
  'twenty minutes without Prometheus': (now) =>
    now >= event && now < event + 20 ? 'missed' : page([container(scarred)], { sums: { 'web:1': scarred.exits } }),
  'twenty minutes in which the exporter lists no containers': (now) =>
    now >= event && now < event + 20 ? page([]) : page([container(scarred)], { sums: { 'web:1': scarred.exits } }),
  'a Prometheus that is new': (now) => (now < event ? 'missed' : page([container(scarred)])),
};

/** The same with trouble: a stop amid failures must not hide them. */
const failing: Readonly<Record<string, readonly [alert: string, scrapeAt: (minute: number) => Scrape]>> = {
  'a crash right after a restart': [
    'ContainerFailed',
    (now) => {
      if (now < event) return page([container()]);
      if (now < event + 0.5) return page([startedAt(event, now, { exits: stopped })]);
      return page([container({ status: 'exited', exitCode: 1, exits: { ...stopped, error: 1 }, lastExit: failedNow })]);
    },
  ],
  'a new container that crashes before it is seen': [
    'ContainerFailed',
    (now) =>
      page(
        now < event
          ? []
          : [container({ status: 'exited', exitCode: 1, exits: { ...noExits, error: 1 }, lastExit: failedNow })],
      ),
  ],
  'a failure while the exporter is restarted': [
    'ContainerFailed',
    (now) => {
      if (now < event) return page([container()]);
      return now < event + 1
        ? 'down'
        : page([container({ status: 'exited', exitCode: 137, lastExit: { reason: 'oom_killed', minute: event } })]);
    },
  ],
  'a start that fails': [
    'ContainerFailed',
    (now) => page(now < event ? [] : [container({ status: 'created', exitCode: 127 })]),
  ],
  'a new container that crashes when the exporter has just been installed': [
    'ContainerFailed',
    (now) => {
      if (now < event - 2) return 'missed';
      const lastExit = { reason: 'error', minute: event } as const;
      const crashed = container({ status: 'exited', exitCode: 1, exits: { ...noExits, error: 1 }, lastExit });
      return page(now < event ? [] : [crashed], { startedAt: (event - 2) * 60 });
    },
  ],
  'a kill for lack of memory before it is seen': [
    'ContainerOutOfMemory',
    (now) => page(now < event ? [] : [container({ oomEvents: 1 })]),
  ],
  'an exporter that goes': ['DockerStatsExporterDown', (now) => (now < event ? page([]) : 'down')],
};

const scrapes = (scrapeAt: (minute: number) => Scrape): Scrape[] =>
  Array.from({ length: (minutes * 60) / secondsPerScrape }, (_, index) => scrapeAt((index * secondsPerScrape) / 60));

const firing = (at: number, alerts: readonly string[]): object => ({
  expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
  eval_time: `${at}m`,
  exp_samples: alerts.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
});

describe('the alerts, in what happens every day', function () {
  this.timeout(60_000);
  needsTools('promtool');
  const folder = mkdtempSync(join(tmpdir(), 'alert-scenarios-'));
  after(() => rmSync(folder, { recursive: true }));

  const check = async (scrapeAt: (minute: number) => Scrape, expectations: readonly object[]): Promise<void> => {
    const file = join(folder, 'scenario.test.yml');
    const test = {
      interval: `${secondsPerScrape}s`,
      input_series: inputSeries(scrapes(scrapeAt)),
      promql_expr_test: expectations,
    };
    writeFileSync(file, stringify({ rule_files: [rules], evaluation_interval: '1m', tests: [test] }));
    expect(await run('promtool', ['test', 'rules', file])).to.contain('SUCCESS');
  };

  for (const [what, scrapeAt] of Object.entries(harmless)) {
    it(`are silent: ${what}`, async () => {
      const checked = Array.from({ length: minutes }, (_, minute) => minute);
      const scraped = checked.filter((minute) => scrapeAt(minute) !== 'missed');
      await check(
        scrapeAt,
        scraped.map((minute) => firing(minute, [])),
      );
    });
  }

  for (const [what, [alert, scrapeAt]] of Object.entries(failing)) {
    it(`tell of ${what}`, () => check(scrapeAt, [firing(event - 1, []), firing(event + 3, [alert])]));
  }
});
