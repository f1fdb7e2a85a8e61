import { expect } from 'chai';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { otlpProtocols } from '../../lib/telemetry/otlp-encoding.ts';
import { startAgent } from '../support/agent-process.ts';
import { type FakeCollector, accept, hang, startFakeCollector } from '../support/fake-collector.ts';

describe('the process, told to stop while it pushes', function () {
  this.timeout(30_000);
  let engine: Simulator;
  let collector: FakeCollector;

  beforeEach(async () => {
    engine = await startSimulator({ containers: 3 });
    collector = await startFakeCollector();
  });
  afterEach(async () => {
    await collector.stop();
    await engine.stop();
  });

  const stopped = async (endpoint: string, args: readonly string[] = []): Promise<number> => {
    const agent = await startAgent({
      args: ['--docker.host', engine.host, ...args],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    });
    const begun = performance.now();
    expect(await agent.stop()).to.include({ code: 0 });
    expect(agent.stderr()).to.equal('');
    return performance.now() - begun;
  };

  for (const protocol of otlpProtocols) {
    it(`pushes once more, in ${protocol}`, async () => {
      collector.react = accept;
      await stopped(collector.url, ['--otlp.protocol', protocol]);
      expect(collector.requests).to.have.length(1);
      expect(new Set(collector.requests[0]?.points.map(({ resource }) => resource['container.id'])).size).to.equal(4);
    });
  }

  it('ends within 10 seconds even when nobody answers', async () => {
    collector.react = hang;
    expect(await stopped(collector.url)).to.be.lessThan(10_000);
    expect(collector.requests.length).to.be.greaterThan(0);
  });

  it('ends within 10 seconds even when nobody listens', async () => {
    expect(await stopped('http://127.0.0.1:1')).to.be.lessThan(10_000);
  });

  it('ends within 10 seconds even when neither engine nor collector answers', async () => {
    collector.react = hang;
    engine.fault('info', 'hang-before-headers');
    engine.fault('ping', 'hang-before-headers');
    expect(await stopped(collector.url)).to.be.lessThan(10_000);
  });
});
