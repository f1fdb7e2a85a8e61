import { expect } from 'chai';
import { heapFlag } from '../lib/memory-limit.ts';

describe('heapFlag', () => {
  for (const [mebibytes, heap] of [
    [128, 92],
    [64, 28],
    [60, 24],
    [16, 24],
  ] as const) {
    it(`gives old objects ${heap} MiB where the limit is ${mebibytes} MiB`, () => {
      expect(heapFlag(mebibytes * 2 ** 20)).to.equal(`--max-old-space-size=${heap}`);
    });
  }
});
