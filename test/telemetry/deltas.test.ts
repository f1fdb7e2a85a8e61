import { expect } from 'chai';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { createDeltaTracker } from '../../lib/telemetry/deltas.ts';
import { containerFacts, snapshotOf } from '../support/snapshots.ts';

type Told = readonly [value: number, start: number] | undefined;

/** A book and a way to tell one counter of the container `a` in it. */
function createBook() {
  const { begin } = createDeltaTracker();
  const listed = snapshotOf({ containers: [containerFacts({ id: 'a' })] });
  return {
    /** Tells a value at a time; times are in seconds. */
    tell: (value: number, at: number, { startedAt = 0, accepted = true, snapshot = listed } = {}): Told => {
      const round = begin(snapshot);
      const point = round.delta('a', 'cpu', { value, startTime: [startedAt, 0], endTime: [at, 0] });
      if (accepted) round.commit();
      return point && [point.value, point.startTime[0]];
    },
    /** A push in which the counter does not appear. */
    skip: (snapshot: Snapshot): void => begin(snapshot).commit(),
    listed,
  };
}

describe('the delta book', () => {
  it('tells a counter from its start at first, and from the last push afterwards', () => {
    const { tell } = createBook();
    expect([tell(10, 100), tell(15, 160), tell(15, 220)]).to.deep.equal([
      [10, 0],
      [5, 100],
      [0, 160],
    ]);
  });

  it('tells what a push that failed was to tell in the next one', () => {
    const { tell } = createBook();
    expect([tell(10, 100), tell(15, 160, { accepted: false }), tell(17, 220)]).to.deep.equal([
      [10, 0],
      [5, 100],
      [7, 100],
    ]);
  });

  it('begins anew after a restart, even where the new value is not smaller', () => {
    const { tell } = createBook();
    tell(10, 100);
    expect(tell(12, 160, { startedAt: 130 })).to.deep.equal([12, 130]);
    expect(tell(13, 220, { startedAt: 130 })).to.deep.equal([1, 160]);
  });

  it('takes a value that fell without a restart for an increase since the last push', () => {
    const { tell } = createBook();
    tell(10, 100);
    expect(tell(3, 160)).to.deep.equal([3, 100]);
  });

  it('tells nothing twice when one snapshot is pushed twice', () => {
    const { tell } = createBook();
    expect([tell(10, 100), tell(10, 100)]).to.deep.equal([[10, 0], undefined]);
  });

  it('goes on after the figures were missing for once', () => {
    const { tell, skip, listed } = createBook();
    tell(10, 100);
    skip(listed);
    expect(tell(15, 220)).to.deep.equal([5, 100]);
  });

  const unseen: readonly (readonly [string, Partial<Snapshot>])[] = [
    ['the daemon is away', { up: false }],
    ['the list fails', { problems: [{ collector: 'container', subject: 'list', message: 'HTTP 500' }] }],
  ];
  for (const [when, facts] of unseen) {
    it(`forgets no container because ${when}`, () => {
      const { tell, skip } = createBook();
      tell(10, 100);
      skip(snapshotOf(facts));
      expect(tell(15, 220)).to.deep.equal([5, 100]);
    });
  }

  it('forgets a container that is removed', () => {
    const { tell, skip } = createBook();
    tell(10, 100);
    skip(snapshotOf());
    expect(tell(15, 220)).to.deep.equal([15, 0]);
  });

  it('adds up to the value of the engine over restarts and failed pushes', () => {
    const { tell } = createBook();
    let told = 0;
    let value = 0;
    let startedAt = 0;
    let before = 0;
    for (let push = 1; push <= 500; push += 1) {
      if (push % 50 === 0) {
        before += value;
        [value, startedAt] = [0, push * 10 - 5];
      }
      // The last push before a restart is accepted: what an ended run did after it, no engine tells.
      const accepted = push % 7 !== 0 || push % 50 === 49;
      value += push % 3;
      const [increase = 0] = tell(value, push * 10, { startedAt, accepted }) ?? [];
      if (accepted) told += increase;
    }
    expect(told).to.equal(before + value);
  });
});
