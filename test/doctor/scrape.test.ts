import { expect } from 'chai';
import { describeScrape } from '../../lib/doctor/scrape.ts';
import { snapshotOf } from '../support/snapshots.ts';

describe('what the doctor says of a scrape', () => {
  it('is a warning when Prometheus would not wait for it', () => {
    expect(describeScrape(snapshotOf(), 9, undefined)[0]).to.deep.include({
      level: 'ok',
      text: '9.00 s; containers: 0',
    });
    expect(describeScrape(snapshotOf(), 12, undefined)[0]).to.deep.include({ level: 'warn' });
  });

  for (const [CgroupVersion, advice] of [
    ['1', 'cgroup_enable=memory'],
    ['2', 'cgroup.subtree_control'],
  ] as const) {
    it(`says how to have memory counted on cgroup v${CgroupVersion}, even while nothing runs`, () => {
      const findings = describeScrape(snapshotOf(), 1, { CgroupVersion, MemoryLimit: false });
      const memory = findings.find(({ subject }) => subject === 'memory');
      expect(memory?.level).to.equal('fail');
      expect(memory?.advice?.join('\n')).to.contain(advice);
    });
  }
});
