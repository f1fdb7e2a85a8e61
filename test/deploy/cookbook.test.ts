import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type TestAgent, startTestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { needsTools } from '../support/tools.ts';

/** The queries of docs/promql.md, each below the question that it answers. */
function readCookbook(): readonly (readonly [question: string, query: string])[] {
  const text = readFileSync(new URL('../../docs/promql.md', import.meta.url), 'utf8');
  const [recipes = ''] = text.split('## Labels of containers');
  return [...recipes.matchAll(/^(\S.*\?)[^]*?```promql\n([^]*?)```/gm)].map(([, question = '', query = '']) => [
    question,
    query,
  ]);
}

describe('the PromQL cookbook, in a real Prometheus', function () {
  this.timeout(180_000);
  const cookbook = readCookbook();
  let engine: Simulator;
  let agent: TestAgent;
  let prometheus: Prometheus;

  needsTools('prometheus');
  before('a container is killed for lack of memory and one fails, between two scrapes', async () => {
    engine = await startSimulator({ containers: 40 });
    agent = await startTestAgent(['--docker.host', engine.host, '--collection.collectors.disk']);
    prometheus = await startPrometheus({
      config: JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [{ job_name: 'docker', static_configs: [{ targets: [`127.0.0.1:${agent.port}`] }] }],
      }),
    });
    await eventually(
      'a scrape of what runs',
      async () => (await prometheus.query('docker_container_oom_events_total')).length > 0,
      { within: 60_000 },
    );
    const [hungry, failing] = engine.containers.all().filter(({ status }) => status === 'running');
    engine.containers.exceedMemory(hungry?.name ?? '');
    engine.containers.kill(hungry?.name ?? '');
    engine.containers.start(hungry?.name ?? '');
    engine.containers.exit(failing?.name ?? '', 3);
  });
  after('all is stopped', () => Promise.all([prometheus?.stop(), agent?.stop(), engine?.stop()]));

  it('has at least twenty queries', () => {
    expect(cookbook).to.have.length.of.at.least(20);
  });

  for (const [question, query] of cookbook) {
    it(`answers: ${question}`, async () => {
      const answered = async (): Promise<boolean> => (await prometheus.query(query)).length > 0;
      await eventually(query, answered, { within: 60_000, every: 500 });
    });
  }
});
