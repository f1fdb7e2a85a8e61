import { expect } from 'chai';
import { shareAnswer } from '../../lib/http/shared-answer.ts';

describe('a shared answer', () => {
  let now: number;
  let made: number;
  let next: () => Promise<number>;
  let answer: () => Promise<number>;

  beforeEach(() => {
    now = 0;
    made = 0;
    next = async () => made;
    answer = shareAnswer(
      () => {
        made += 1;
        return next();
      },
      1_000,
      () => now,
    );
  });

  it('is made once for all who ask before it is too old', async () => {
    await Promise.all(Array.from({ length: 100 }, answer));
    now = 999;
    await answer();
    expect(made).to.equal(1);
    now = 1_000;
    expect(await answer()).to.equal(2);
  });

  it('is not made a second time while it is being made, however long that takes', async () => {
    const slow = Promise.withResolvers<number>();
    next = () => slow.promise;
    const first = answer();
    now = 60_000;
    const second = answer();
    slow.resolve(7);
    expect(await first).to.equal(7);
    expect(await second).to.equal(7);
    now = 60_999;
    await answer();
    expect(made).to.equal(1);
  });

  it('is made again after a failure', async () => {
    next = () => Promise.reject(new Error('no'));
    const failed = await Promise.allSettled([answer(), answer()]);
    expect(failed.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    expect(made).to.equal(1);
    next = async () => 5;
    expect(await answer()).to.equal(5);
  });
});
