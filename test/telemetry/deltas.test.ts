import { expect } from 'chai';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { createDeltaTracker } from '../../lib/telemetry/deltas.ts';
import { containerFacts, snapshotOf } from '../support/snapshots.ts';

type Pushed = readonly [value: number, start: number] | undefined;

/** A tracker, and pushes of one counter of the container `a`. */
function createPushes(beganAt = -1) {
  const { begin, forgetMissing } = createDeltaTracker(beganAt);
  const listed = snapshotOf({ containers: [containerFacts({ id: 'a' })] });
  return {
    /** Tells a value at a time; times are in seconds. */
    push: (value: number, at: number, { startedAt = 0, accepted = true, snapshot = listed } = {}): Pushed => {
      forgetMissing(snapshot);
      const deltas = begin();
      const point = deltas.delta('a', 'cpu', { value, startTime: [startedAt, 0], endTime: [at, 0] });
      if (accepted) deltas.commit();
      return point && [point.value, point.startTime[0]];
    },
    /** A push in which the counter does not appear. */
    skip: (snapshot: Snapshot): void => forgetMissing(snapshot),
    listed,
  };
}

describe('the delta tracker', () => {
  it('reports a counter from its start at first, and from the last push afterwards', () => {
    const { push } = createPushes();
    expect([push(10, 100), push(15, 160), push(15, 220)]).to.deep.equal([
      [10, 0],
      [5, 100],
      [0, 160],
    ]);
  });

  it('reports of a container that is older than the exporter what it used since it was seen first', () => {
    const { push } = createPushes(90);
    expect([push(85, 100), push(86.5, 160, { accepted: false }), push(87, 220)]).to.deep.equal([
      undefined,
      [1.5, 100],
      [2, 100],
    ]);
  });

  it('reports a container that is younger than the exporter from its start', () => {
    const { push } = createPushes(90);
    expect(push(5, 100, { startedAt: 95 })).to.deep.equal([5, 95]);
  });

  it('reports everything of the exporter itself', () => {
    const deltas = createDeltaTracker(90).begin();
    expect(deltas.delta('', 'pushes', { value: 2, startTime: [90, 0], endTime: [100, 0] })?.value).to.equal(2);
  });

  it('goes on where the start of a counter that ran before becomes known more exactly', () => {
    const { push } = createPushes();
    push(10, 100, { startedAt: 50 });
    expect(push(15, 160, { startedAt: 52 })).to.deep.equal([5, 100]);
  });

  it('reports what a failed push held in the next one', () => {
    const { push } = createPushes();
    expect([push(10, 100), push(15, 160, { accepted: false }), push(17, 220)]).to.deep.equal([
      [10, 0],
      [5, 100],
      [7, 100],
    ]);
  });

  it('keeps the series of a container apart', () => {
    const { begin } = createDeltaTracker(-1);
    const push = (values: readonly number[], at: number): (number | undefined)[] => {
      const deltas = begin();
      const points = values.map((value, series) =>
        deltas.delta('a', `series ${series}`, { value, startTime: [0, 0], endTime: [at, 0] }),
      );
      deltas.commit();
      return points.map((point) => point?.value);
    };
    expect([push([1, 10], 100), push([2, 20], 160), push([4, 40], 220)]).to.deep.equal([
      [1, 10],
      [1, 10],
      [2, 20],
    ]);
  });

  it('begins anew after a restart, even where the new value is not smaller', () => {
    const { push } = createPushes();
    push(10, 100);
    expect(push(12, 160, { startedAt: 130 })).to.deep.equal([12, 130]);
    expect(push(13, 220, { startedAt: 130 })).to.deep.equal([1, 160]);
  });

  it('takes a value that fell without a restart for an increase since the last push', () => {
    const { push } = createPushes();
    push(10, 100);
    expect(push(3, 160)).to.deep.equal([3, 100]);
  });

  it('keeps a counter that goes on over a restart apart from one that does not', () => {
    const { begin } = createDeltaTracker(-1);
    const push = (at: number, startedAt: number): (number | undefined)[] => {
      const deltas = begin();
      const values = [
        deltas.delta('a', 'cpu', { value: at, startTime: [startedAt, 0], endTime: [at, 0] }),
        deltas.delta('a', 'exits', { value: at, startTime: [0, 0], endTime: [at, 0] }),
      ];
      deltas.commit();
      return values.map((point) => point?.value);
    };
    expect([push(10, 0), push(20, 0), push(30, 25)]).to.deep.equal([
      [10, 10],
      [10, 10],
      [30, 10],
    ]);
  });

  it('reports nothing twice when one snapshot is pushed twice', () => {
    const { push } = createPushes();
    expect([push(10, 100), push(10, 100)]).to.deep.equal([[10, 0], undefined]);
  });

  it('goes on after the figures were missing for once', () => {
    const { push, skip, listed } = createPushes();
    push(10, 100);
    skip(listed);
    expect(push(15, 220)).to.deep.equal([5, 100]);
  });

  const unseen: readonly (readonly [string, Partial<Snapshot>])[] = [
    ['the daemon is away', { up: false }],
    ['the list fails', { problems: [{ collector: 'container', subject: 'list', message: 'HTTP 500' }] }],
  ];
  for (const [when, facts] of unseen) {
    it(`forgets no container because ${when}`, () => {
      const { push, skip } = createPushes();
      push(10, 100);
      skip(snapshotOf(facts));
      expect(push(15, 220)).to.deep.equal([5, 100]);
    });
  }

  const listed: readonly (readonly [string, string, Snapshot['problems'][number]['collector']])[] = [
    ['the stats of another one fail', 'web', 'container'],
    ['another collector fails', 'list', 'system'],
  ];
  for (const [when, subject, collector] of listed) {
    it(`forgets a container that is removed, also while ${when}`, () => {
      const { push, skip } = createPushes();
      push(10, 100);
      skip(snapshotOf({ problems: [{ collector, subject, message: 'HTTP 500' }] }));
      expect(push(15, 220)).to.deep.equal([15, 0]);
    });
  }

  it('adds up to the value of the engine over restarts and failed pushes', () => {
    const { push } = createPushes();
    let reported = 0;
    let value = 0;
    let startedAt = 0;
    let before = 0;
    for (let round = 1; round <= 500; round += 1) {
      if (round % 50 === 0) {
        before += value;
        [value, startedAt] = [0, round * 10 - 5];
      }
      // The last push before a restart is accepted: what an ended run did after it, no engine tells.
      const accepted = round % 7 !== 0 || round % 50 === 49;
      value += round % 3;
      const [increase = 0] = push(value, round * 10, { startedAt, accepted }) ?? [];
      if (accepted) reported += increase;
    }
    expect(reported).to.equal(before + value);
  });
});
