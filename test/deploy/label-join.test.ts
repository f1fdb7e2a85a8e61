import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { startSimulator } from '../simulator/simulator.ts';
import { startTestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { needsTools } from '../support/tools.ts';

/** What docs/promql.md shows. */
function joinOfCookbook(): string {
  const text = readFileSync(new URL('../../docs/promql.md', import.meta.url), 'utf8');
  const section = text.slice(text.indexOf('## Labels of containers'));
  return /```promql\n([^]*?)```/.exec(section)?.[1] ?? '';
}

describe('the join with container_labels', function () {
  this.timeout(120_000);
  needsTools('prometheus');

  it('adds up by label, in a real Prometheus, and loses no container', async () => {
    const engine = await startSimulator({ containers: 0 });
    for (const [name, team] of Object.entries({ web: 'shop', db: 'shop', mail: 'ops' })) {
      engine.containers.add({ name, labels: { team } });
    }
    engine.containers.add({ name: 'unlabelled', labels: {} });
    const agent = await startTestAgent(['--docker.host', engine.host, '--metrics.container_labels', 'team']);
    const server = await startPrometheus({
      config: JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [{ job_name: 'docker', static_configs: [{ targets: [`127.0.0.1:${agent.port}`] }] }],
      }),
    });
    const teamsOf = async (query: string): Promise<readonly (string | undefined)[]> =>
      (await server.query(query)).map(({ metric }) => metric['label_team']);
    try {
      const join = joinOfCookbook();
      expect(join).to.include('container_labels');
      await eventually(
        'two scrapes',
        async () => {
          expect(await teamsOf(join)).to.have.members(['shop', 'ops', undefined]);
          return true;
        },
        { within: 60_000, every: 500 },
      );
    } finally {
      await server.stop();
      await agent.stop();
      await engine.stop();
    }
  });
});
