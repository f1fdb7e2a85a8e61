import { expect } from 'chai';
import { usageAfter } from './usage.ts';
import type { Load } from './usage.ts';

const LOAD: Load = {
  processors: 0.4,
  throttled: 0.3,
  memory: 100 * 1024 * 1024,
  cached: 0.5,
  received: 30_000,
  transmitted: 20_000,
  read: 50_000,
  written: 70_000,
  processes: 4,
  phase: 1.2,
};

describe('usage', () => {
  it('starts every counter at zero', () => {
    const { memory: _memory, cache: _cache, ...counters } = usageAfter(0, LOAD);
    expect(Object.values(counters).every((value) => value === 0)).to.equal(true);
  });

  it('never lets a counter fall, and gives whole numbers only', () => {
    const usages = Array.from({ length: 20_000 }, (_, step) => usageAfter(step * 0.7, LOAD));
    expect(usages.every((usage) => Object.values(usage).every(Number.isSafeInteger))).to.equal(true);
    for (const counter of ['cpu', 'cpuInKernel', 'periods', 'received', 'transmitted', 'read', 'written'] as const) {
      const falls = usages.filter((usage, step) => usage[counter] < (usages[step - 1]?.[counter] ?? 0));
      expect(falls, counter).to.have.length(0);
    }
    const inUserMode = usages.map(({ cpu, cpuInKernel }) => cpu - cpuInKernel);
    expect(inUserMode).to.deep.equal(inUserMode.toSorted((left, right) => left - right));
  });

  it('works at the mean pace in the long run', () => {
    const day = 86_400;
    const usage = usageAfter(day, LOAD);
    expect(usage.cpu / 1e9 / day).to.be.closeTo(0.4, 0.004);
    expect(usage.received / day).to.be.closeTo(30_000, 300);
  });

  it('lets memory wander within 16 % of its mean', () => {
    for (let seconds = 0; seconds < 4000; seconds += 13) {
      expect(usageAfter(seconds, LOAD).memory / LOAD.memory).to.be.within(0.84, 1.16);
    }
  });
});
