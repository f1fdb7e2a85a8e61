import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { querySources } from '../support/cadvisor-queries.ts';
import { eventually } from '../support/eventually.ts';
import { type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { needsTools } from '../support/tools.ts';
import { useAgent, useEngine } from './suite.ts';

/** What dockprom has of node_exporter, beside cAdvisor. */
const nodeExporter = '# TYPE node_cpu_seconds_total counter\nnode_cpu_seconds_total{cpu="0",mode="user"} 1\n';

describe('dashboards and alerts made for cAdvisor', function () {
  this.timeout(240_000);
  needsTools('prometheus');
  const engine = useEngine();
  const agent = useAgent(engine, { args: ['--collection.collectors.disk'] });
  const node = createServer((_, response) => response.end(nodeExporter));
  let server: Prometheus;

  before('a Prometheus that scrapes real containers for over a minute', async () => {
    await engine().docker('network', 'create', 'line');
    const limits = ['--memory', '64m', '--cpus', '0.5'];
    await engine().runContainer('web', ['--network', 'line', ...limits], 'sh', '-c', 'while :; do sleep 0.1; done');
    await engine().runContainer('db', ['--network', 'line'], 'sleep', '1000');
    await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve));
    const { port } = node.address() as AddressInfo;
    const job = (name: string, path: string, target: string): object => ({
      job_name: name,
      metrics_path: path,
      static_configs: [{ targets: [target] }],
    });
    server = await startPrometheus({
      config: JSON.stringify({
        global: { scrape_interval: '2s', scrape_timeout: '2s' },
        scrape_configs: [
          job('cadvisor', '/metrics/cadvisor', `127.0.0.1:${agent().port}`),
          job('node', '/metrics', `127.0.0.1:${port}`),
        ],
      }),
    });
    // Queries look back by a range and by an offset of a minute.
    await eventually(
      'a minute of scrapes',
      async () => (await server.query('count_over_time(machine_cpu_cores[5m]) > 40')).length > 0,
      { within: 200_000, every: 1_000 },
    );
  });
  after(async () => {
    await server?.stop();
    node.close();
  });

  it('are of series that end with their container', async () => {
    const ofDb = 'container_last_seen{name="db"}';
    expect(await server.query(ofDb)).to.have.length(1);
    await engine().docker('rm', '--force', 'db');
    await eventually('it is gone', async () => (await server.query(ofDb)).length === 0, { within: 60_000, every: 500 });
  });

  for (const { name, queries } of querySources) {
    for (const { title, query, unanswered } of queries) {
      it(`${unanswered === undefined ? 'have' : 'have no'} answer to ${title} of ${name}`, async () => {
        const series = await server.query(query.startsWith('scalar(') ? `vector(${query})` : query);
        if (unanswered === undefined) expect(series.length, query).to.be.greaterThan(0);
        else expect(series, query).to.deep.equal([]);
        expect(series.filter(({ value }) => value[1] === 'NaN')).to.deep.equal([]);
      });
    }
  }
});
