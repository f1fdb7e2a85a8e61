import { expect } from 'chai';
import { startContainers } from './crowd.ts';
import { useAgent, useEngine } from './suite.ts';

const count = 100;

describe(`${count} running containers, on a real engine`, function () {
  this.timeout(60_000);
  const engine = useEngine();

  before('containers', async function () {
    this.timeout(180_000);
    await startContainers(engine(), count);
  });

  for (const maxConcurrent of ['', '10']) {
    describe(maxConcurrent === '' ? 'as the agent comes' : `with MAX_CONCURRENT=${maxConcurrent}`, () => {
      const agent = useAgent(engine, { env: { MAX_CONCURRENT: maxConcurrent } });

      it('are all in one scrape, each asked for once', async () => {
        const before = await agent().metrics();
        const after = await agent().metrics();
        const names = after.select('container_memory_usage_bytes').map(({ labels }) => labels.get('container_name'));
        expect(names).to.have.members(Array.from({ length: count }, (_, index) => `crowd-${index}`));
        expect(after.select('container_info', { status: 'running' })).to.have.lengthOf(count);
        expect(after.value('exporter_scrape_errors_total', { collector: 'container' })).to.equal(0);
        const stats = { endpoint: 'stats', outcome: 'ok' };
        const [asked = 0, askedBefore = 0] = [after, before].map((scrape) =>
          scrape.value('exporter_engine_requests_total', stats),
        );
        expect(asked - askedBefore).to.equal(count);
      });
    });
  }
});
