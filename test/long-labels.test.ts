import { expect } from 'chai';
import { startSimulator } from './simulator/simulator.ts';
import { startTestAgent } from './support/agent.ts';

describe('labels of a megabyte', () => {
  it('cost the other containers nothing, are cut, counted and warned about once', async () => {
    const engine = await startSimulator({ containers: 48, allRunning: true });
    const huge = 'x'.repeat(1_000_000);
    for (const name of ['first', 'second']) {
      const labels = { 'com.docker.compose.project': huge, 'com.docker.compose.service': `${huge}${name}` };
      engine.containers.add({ name, labels });
    }
    const agent = await startTestAgent(['--docker.host', engine.host]);
    try {
      for (let scrape = 0; scrape < 2; scrape += 1) {
        const metrics = await agent.metrics();
        const containers = metrics.select('container_info');
        expect(containers).to.have.length(50);
        const cut = containers.filter(({ labels }) => labels.get('compose_project')?.endsWith('…'));
        expect(cut.map(({ labels }) => labels.get('container_name'))).to.have.members(['first', 'second']);
        for (const { labels } of cut) {
          expect(Array.from(labels.get('compose_project') ?? [])).to.have.length(1_024);
          expect(Array.from(labels.get('compose_service') ?? [])).to.have.length(1_024);
        }
        expect(metrics.value('exporter_truncated_labels')).to.equal(4);
        expect(metrics.value('exporter_scrape_errors_total', { collector: 'container' })).to.equal(0);
      }
      expect((await (await agent.get('/metrics')).text()).length).to.be.lessThan(3_000_000);
      expect((await (await agent.get('/containers')).text()).length).to.be.lessThan(100_000);
      expect(agent.log.filter(({ message }) => message.startsWith('labels longer than'))).to.have.length(1);
    } finally {
      await agent.stop();
      await engine.stop();
    }
  }).timeout(60_000);
});
