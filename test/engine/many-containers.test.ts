import { expect } from 'chai';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { startContainers } from './crowd.ts';
import { useAgent, useEngine } from './suite.ts';

const count = 100;

describe(`${count} running containers, on a real engine`, function () {
  this.timeout(60_000);
  const engine = useEngine();
  let proxy: CountingProxy | undefined;

  before('containers and a proxy', async function () {
    this.timeout(180_000);
    await startContainers(engine(), count);
    proxy = await startCountingProxy(`${engine().socketPath}.counted`, engine().socketPath, /\/stats\?/);
  });
  after('no proxy', () => proxy?.stop());

  const counted = (): CountingProxy => {
    if (proxy === undefined) throw new Error('no proxy');
    return proxy;
  };

  /** Scrapes until the engine's collector ticks, which it does from the second stats request on, and once more. */
  const scrapeAndCheck = async (agent: ReturnType<typeof useAgent>): Promise<void> => {
    await agent().metrics();
    counted().reset();
    const scrape = await agent().metrics();
    const names = scrape.select('container_memory_usage_bytes').map(({ labels }) => labels.get('container_name'));
    expect(names).to.have.members(Array.from({ length: count }, (_, index) => `crowd-${index}`));
    expect(scrape.select('container_info', { status: 'running' })).to.have.lengthOf(count);
    expect(scrape.value('exporter_scrape_errors_total', { collector: 'container' })).to.equal(0);
    const asked = counted().paths.filter((path) => path.includes('/stats?'));
    expect(asked).to.have.lengthOf(count);
    expect(asked.filter((path) => path.includes('one-shot=true') || path.includes('one-shot=1'))).to.have.lengthOf(
      count,
    );
  };

  describe('as the agent comes', () => {
    const agent = useAgent(engine, {}, () => counted().host);

    it('are all in one scrape, and wait together for the next pass of an engine that ticks', async () => {
      await scrapeAndCheck(agent);
      expect(counted().peak()).to.be.within(count / 2, count);
    });
  });

  describe('with MAX_CONCURRENT=10', () => {
    const agent = useAgent(engine, { env: { MAX_CONCURRENT: '10' } }, () => counted().host);

    it('are all in one scrape, and never more than ten are asked at once', async () => {
      await scrapeAndCheck(agent);
      // The tenth is the stream of events.
      expect(counted().peak()).to.equal(9);
    });
  });
});
