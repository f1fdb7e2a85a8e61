import { expect } from 'chai';
import { startSimulator } from '../simulator/simulator.ts';
import { startTestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { needsTools } from '../support/tools.ts';

describe('a real Prometheus', function () {
  this.timeout(60_000);

  needsTools('prometheus');

  it('asks for OpenMetrics, and stores the values of the text format', async () => {
    const engine = await startSimulator({ containers: 20 });
    engine.containers.add({ name: 'a "quoted" \\ 🦊', labels: { 'com.docker.compose.project': 'line\nend' } });
    const frozen = ['--metrics.cache.enabled', '--metrics.cache.ttl', '1h', '--metrics.process=false'];
    const agent = await startTestAgent(['--docker.host', engine.host, ...frozen]);
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [{ job_name: 'docker', static_configs: [{ targets: [`127.0.0.1:${agent.port}`] }] }],
    };
    try {
      const { families } = await agent.metrics();
      const server = await startPrometheus({ config: JSON.stringify(config) });
      try {
        const series = await eventually(
          'a scrape',
          async () => {
            const found = await server.query('{job="docker"}');
            return found.some(({ metric }) => metric['__name__'] === 'exporter_up') && found;
          },
          { within: 30_000 },
        );
        const keyOf = (name: string, labels: Iterable<readonly [string, string]>): string =>
          JSON.stringify([name, [...labels].filter(([, value]) => value !== '').sort(([a], [b]) => (a < b ? -1 : 1))]);
        const stored = new Map(
          series.map(({ metric, value: [, value] }) => {
            const { __name__: name = '', instance: _, job: __, ...labels } = metric;
            return [keyOf(name, Object.entries(labels)), Number(value)] as const;
          }),
        );
        const samples = [...families.values()].flatMap((family) => family.samples);
        const expected = new Map(samples.map(({ name, labels, value }) => [keyOf(name, labels), value] as const));
        expect(expected.size).to.be.greaterThan(500);
        const differing = [...expected].filter(([key, value]) => stored.get(key) !== value);
        expect(differing).to.deep.equal([]);
        expect(series.filter(({ metric }) => metric['__name__']?.endsWith('_created'))).to.deep.equal([]);
        expect((await server.targets()).map(({ lastError }) => lastError)).to.deep.equal(['']);
      } finally {
        await server.stop();
      }
    } finally {
      await agent.stop();
      await engine.stop();
    }
  });
});
