import { expect } from 'chai';
import { chaos } from '../chaos/chaos.ts';
import { type SocketProxy, startSocketProxy } from '../support/socket-proxy.ts';
import { needsTools } from '../support/tools.ts';
import { describeOnEngines, useEngine } from './suite.ts';

describeOnEngines('random operations', function (version) {
  this.timeout(300_000);
  const engine = useEngine({ version });

  it('are in the very next scrape as they are in full lists and inspections', async () => {
    // Debian's engine takes a second or two for the stats of each scrape.
    const operations = version === '29' ? 100 : 20;
    const { differences } = await chaos({ engine: engine(), seed: 7, operations });
    expect(differences).to.deep.equal([]);
  });
});

describe('random operations on an engine that tells little', function () {
  this.timeout(300_000);
  const engine = useEngine({ version: '29' });
  const operations = 25;
  let proxy: SocketProxy | undefined;

  needsTools('haproxy');
  afterEach(async () => {
    await proxy?.stop();
    proxy = undefined;
  });
  const behind = async (...variables: readonly string[]): Promise<string> => {
    proxy = await startSocketProxy(engine().socketPath, [
      'PING',
      'CONTAINERS',
      'IMAGES',
      'VOLUMES',
      'NETWORKS',
      ...variables,
    ]);
    return proxy.host;
  };

  it('are in the very next scrape where a proxy forbids the events, by lists at each', async () => {
    const { differences, calls } = await chaos({ engine: engine(), seed: 1, operations, host: await behind('INFO') });
    expect(differences).to.deep.equal([]);
    expect(calls.get('list')).to.be.at.least(operations);
    expect(calls.get('events')).to.be.at.most(3);
  });

  it('are in the very next scrape where a proxy forbids /info, whose counts alone are missing', async () => {
    const host = await behind('EVENTS');
    const { differences } = await chaos({
      engine: engine(),
      seed: 2,
      operations,
      host,
      without: /^docker_containers_total /,
    });
    expect(differences).to.deep.equal([]);
  });

  it('are in the very next scrape where the stream of events is cut every 3 s, without a list for each cut', async () => {
    const { differences, calls } = await chaos({ engine: engine(), seed: 3, operations: 50, cutEveryMs: 3_000 });
    expect(differences).to.deep.equal([]);
    expect(calls.get('list')).to.be.at.most(15);
  });
});
