import { expect } from 'chai';
import { createMemoryBudget, createMemoryShare } from '../lib/memory-budget.ts';

const mebibyte = 2 ** 20;

describe('createMemoryShare', () => {
  it('gives bytes until it is used up, and again what came back', () => {
    const share = createMemoryShare(100);
    expect(share.take(60)).to.equal(true);
    expect(share.take(41)).to.equal(false);
    expect(share.usedBytes()).to.equal(60);
    share.release(60);
    expect(share.take(100)).to.equal(true);
    expect(share.freeBytes()).to.equal(0);
  });

  it('asks for bytes back before it refuses some, unless they can never fit', () => {
    const share = createMemoryShare(100);
    const pages = [40, 30, 20];
    for (const page of pages) share.take(page);
    share.reclaimFrom(() => {
      const [page] = pages.splice(0, 1);
      share.release(page ?? 0);
      return page !== undefined;
    });
    expect(share.take(101)).to.equal(false);
    expect(pages).to.deep.equal([40, 30, 20]);
    expect(share.take(60)).to.equal(true);
    expect(pages).to.deep.equal([20]);
    expect(share.take(60)).to.equal(false);
  });

  it('has parts that are bounded by their fraction and by what is left of the whole', () => {
    const whole = createMemoryShare(100);
    const part = whole.part(0.5);
    expect(part.take(51)).to.equal(false);
    expect(part.take(50)).to.equal(true);
    expect(whole.usedBytes()).to.equal(50);
    part.release(50);
    expect(whole.take(80)).to.equal(true);
    expect(part.freeBytes()).to.equal(20);
    expect(part.take(21)).to.equal(false);
    expect(part.usedBytes()).to.equal(0);
    expect(whole.usedBytes()).to.equal(80);
  });
});

describe('createMemoryBudget', () => {
  for (const [limit, shares] of [
    [64, [10, 5, 2.5, 2.5]],
    [128, [42, 21, 10.5, 10.5]],
    [16, [6, 3, 1.5, 1.5]],
  ] as const) {
    it(`divides what ${limit} MiB leave beside the program`, () => {
      const { kept, pages, answers, connections } = createMemoryBudget(limit * mebibyte);
      const found = [kept, pages, answers, connections].map(({ maxBytes }) => maxBytes / mebibyte);
      expect(found).to.deep.equal(shares);
    });
  }

  it('is bounded without a limit too', () => {
    const { kept } = createMemoryBudget();
    expect(kept.maxBytes).to.be.within(6 * mebibyte, 2_048 * mebibyte);
  });
});
