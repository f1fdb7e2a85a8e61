import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { startTestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { parseExposition } from '../support/exposition.ts';
import { type InstantSeries, type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { needsTools } from '../support/tools.ts';
import { type Choice, asked, queriesOf, readDashboard } from './dashboard.ts';

const dashboard = readDashboard();
const queries = (choice: Choice): readonly { readonly panel: string; readonly query: string }[] => [
  ...queriesOf(dashboard, choice),
  ...dashboard.annotations.list.map(({ name, expr }) => ({ panel: name, query: asked(expr, choice) })),
];

/** Show only what happens, of which there is nothing in a page that stays the same. */
const needChange = [
  'Throttled share of periods',
  'Restarts',
  'Engine events',
  'Requests',
  'Time in requests',
  'OOM kills',
  'Failed runs',
];

/** Show what the simulated engine does not have. */
const notSimulated = ['Processes and threads of the limit', 'Operations'];

/** Labels and value of each series, in an order of its own. */
const comparable = (series: readonly InstantSeries[]): readonly string[] =>
  series
    .map(
      ({ metric, value }) =>
        `${JSON.stringify(
          Object.entries(metric)
            .map((pair) => pair.join('='))
            .toSorted(),
        )} ${value[1]}`,
    )
    .toSorted();

/** A target for Prometheus that shows this text. */
function startTarget(render: () => string): Promise<{ readonly target: string; stop(): void }> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(render());
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({
        target: `127.0.0.1:${port}`,
        stop: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}

/** What a kubelet shows of containers, under the same names as the exporter: its counters grow with each scrape. */
function kubelet(): () => string {
  let scrapes = 0;
  const names = ['cpu_usage_seconds_total', 'memory_working_set_bytes', 'memory_rss_bytes', 'start_time_seconds'];
  const interfaces = ['network_receive_bytes_total', 'network_transmit_bytes_total'];
  return () => {
    scrapes += 1;
    const of = '{namespace="shop",pod="web-0",container="web",name="k8s_web",image="web:1"';
    const lines = [
      ...names.map((name) => `container_${name}${of}} ${5e9 + scrapes * 1000}`),
      ...interfaces.map((name) => `container_${name}${of},interface="eth0"} ${5e9 + scrapes * 1000}`),
    ];
    return `${lines.join('\n')}\n`;
  };
}

/** What a Collector shows of the agent's pushes: the same names, and the agent's own job and instance, which are honoured. */
function collected(exposition: string, instance: string): string {
  const lines = exposition.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const target = `job="docker",instance="${instance}",service_name="shop-web"`;
  return (
    lines.map((line) => line.replace(/^(\w+)(?:\{(.*)\})? /, `$1{${target},$2} `).replace(',} ', '} ')).join('\n') +
    '\n'
  );
}

const prometheusFile = parse(readFileSync(new URL('../../prometheus.yml', import.meta.url), 'utf8')) as {
  readonly scrape_configs: readonly { readonly job_name: string; readonly [key: string]: unknown }[];
};

describe("the dashboard's queries, answered by a real Prometheus", function () {
  this.timeout(300_000);
  const stops: (() => unknown)[] = [];
  let engine: Simulator;
  let page: string;
  let instances: readonly [string, string];
  let alone: Prometheus;
  let beside: Prometheus;

  needsTools('prometheus');
  before('two agents, a kubelet and a Collector, and one of the agents by itself', async () => {
    const use = async <Started extends { stop(): unknown }>(starting: Promise<Started>): Promise<Started> => {
      const started = await starting;
      stops.unshift(() => started.stop());
      return started;
    };
    const engines: readonly [Simulator, Simulator] = [
      await use(startSimulator({ containers: 12 })),
      await use(startSimulator({ containers: 20 })),
    ];
    [, engine] = engines;
    const [first, second] = await Promise.all(
      engines.map(({ host }) => use(startTestAgent(['--docker.host', host, '--collection.collectors.disk']))),
    );
    if (first === undefined || second === undefined) throw new Error('no agents');
    // One page of the first agent is served for good, so that both servers have the same of it.
    page = await eventually('the disk is measured', async () => {
      const text = await (await first.get('/metrics')).text();
      return text.includes('docker_disk_usage_bytes') && text;
    });
    const { target: frozen } = await use(startTarget(() => page));
    instances = [frozen, `127.0.0.1:${second.port}`];
    const { target: kubeletTarget } = await use(startTarget(kubelet()));
    const { target: collector } = await use(startTarget(() => collected(page, frozen)));
    const job = (name: string, ...targets: string[]): object => ({
      job_name: name,
      static_configs: [{ targets }],
    });
    const server = (...jobs: object[]): Promise<Prometheus> =>
      use(
        startPrometheus({
          config: JSON.stringify({ global: { scrape_interval: '3s', scrape_timeout: '3s' }, scrape_configs: jobs }),
        }),
      );
    alone = await server(job('docker', frozen));
    beside = await server(job('docker', ...instances), job('kubelet', kubeletTarget), {
      ...prometheusFile.scrape_configs.find((config) => config.job_name === 'otel-collector'),
      dns_sd_configs: undefined,
      static_configs: [{ targets: [collector] }],
    });
    const scraped = async (prometheus: Prometheus, targets: number): Promise<boolean> =>
      (await prometheus.query('sum_over_time(up[10m]) >= 4')).length === targets;
    await eventually('some scrapes', async () => (await scraped(alone, 1)) && (await scraped(beside, 4)), {
      within: 120_000,
    });
  });
  after('everything is stopped', async () => {
    for (const stop of stops) await stop();
  });

  /**
   * Unix seconds at which no target's last scrape had failed, which would have ended its series. Longer ago than the
   * scrape timeout, so that the outcome of each is known.
   */
  const momentWithAll = (): Promise<number> =>
    eventually(
      'all targets are up',
      async () => {
        const time = Math.floor(Date.now() / 1000) - 4;
        const up = await Promise.all([alone, beside].map((prometheus) => prometheus.query('up == 1', time)));
        return up.flat().length === 5 && time;
      },
      { within: 120_000 },
    );

  const instance = (index: 0 | 1): string => instances[index];
  const sum = (series: readonly InstantSeries[]): number =>
    series.reduce((total, { value }) => total + Number(value[1]), 0);

  it('have the values of the chosen agent in every panel, as if there were nothing beside it', async () => {
    const [own, all] = [queries({}), queries({ job: 'docker', instance: instance(0) })];
    const time = await momentWithAll();
    let compared = 0;
    const empty = new Set<string>();
    for (const [index, { panel, query }] of all.entries()) {
      const expected = await alone.query(own[index]?.query ?? '', time);
      const found = await beside.query(query, time);
      expect(comparable(found), `${panel}: ${query}`).to.deep.equal(comparable(expected));
      compared += found.length;
      if (found.length === 0) empty.add(panel);
    }
    expect([...empty]).to.have.members([...needChange, ...notSimulated]);
    expect(compared).to.be.greaterThan(200);
    // What is beside it would be seen by a query that does not choose.
    const memory = 'sum(container_memory_working_set_bytes)';
    expect(sum(await beside.query(memory))).to.be.greaterThan(sum(await alone.query(memory)) + 5e9);
    expect(await beside.query('otel_container_info')).to.have.lengthOf(12);
  });

  it('add up the agents where all are chosen, and leave the kubelet out', async () => {
    const jobs = await beside.query('group by (job, instance) (exporter_build_info)');
    const everything = {
      job: [...new Set(jobs.map(({ metric }) => metric['job']))].join('|'),
      instance: jobs.map(({ metric }) => metric['instance']).join('|'),
    };
    expect(everything.job).to.equal('docker');
    const time = await momentWithAll();
    const gauges = ['Memory', 'Running', 'Processes', 'Images', 'Containers by status'];
    for (const panel of gauges) {
      const valueFor = async (choice: Choice): Promise<number> => {
        const asking = queries(choice).filter((one) => one.panel === panel);
        const answers = await Promise.all(asking.map(({ query }) => beside.query(query, time)));
        return sum(answers.flat());
      };
      const parts = await Promise.all(
        ([0, 1] as const).map((index) => valueFor({ job: 'docker', instance: instance(index) })),
      );
      expect(
        parts.every((value) => value > 0),
        panel,
      ).to.equal(true);
      expect(await valueFor(everything), panel).to.be.closeTo(
        parts.reduce((a, b) => a + b, 0),
        1e-3,
      );
    }
  });

  it('keep containers of two hosts apart that have one name, and see the live one work', async () => {
    const time = await momentWithAll();
    const choice = { job: 'docker', container: 'shop-web-1' };
    const table = queries(choice).find(({ panel }) => panel === 'Containers');
    const rows = await beside.query(table?.query ?? '', time);
    expect(rows.map(({ metric }) => metric['instance'])).to.have.members([instance(0), instance(1)]);
    const all = queries({ job: 'docker', instance: instance(1) });
    const happening = ['CPU', 'Exits by reason', 'Runs of containers', 'Runs by image', ...needChange];
    const running = engine.containers.all().filter(({ status }) => status === 'running');
    const [hungry, failing] = running.map(({ name }) => name);
    engine.containers.exceedMemory(hungry ?? '');
    engine.containers.kill(hungry ?? '');
    engine.containers.start(hungry ?? '');
    engine.containers.exit(failing ?? '', 3);
    for (const panel of happening) {
      const query = all.find((one) => one.panel === panel)?.query ?? '';
      await eventually(panel, async () => sum(await beside.query(query)) > 0, { within: 120_000 });
    }
  });

  it('marks each container at the time of its start', async () => {
    const starts = queries({ job: 'docker', instance: instance(0) }).find(({ panel }) => panel === 'Container starts');
    const found = await alone.query(starts?.query ?? '');
    const started = parseExposition(page)
      .select('container_start_time_seconds')
      .map(({ value }) => value * 1000);
    expect(found.map(({ value }) => Number(value[1]))).to.have.members(started);
  });
});
