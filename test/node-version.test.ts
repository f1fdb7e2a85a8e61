import { expect } from 'chai';
import { whyTooOld } from '../lib/node-version.ts';

describe('the version of Node.js', () => {
  for (const version of ['22.18.0', '22.20.1', '24.0.0', '100.0.0']) {
    it(`may be ${version}`, () => expect(whyTooOld(version, '>=22.18')).to.equal(undefined));
  }

  for (const version of ['22.17.1', '20.20.2', '18.19.0', '9.0.0']) {
    it(`may not be ${version}`, () =>
      expect(whyTooOld(version, '>=22.18')).to.equal(
        `docker-stats-exporter needs Node.js >= 22.18, this is v${version}`,
      ));
  }
});
