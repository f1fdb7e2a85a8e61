import { expect } from 'chai';
import { chaos } from '../chaos/chaos.ts';
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
