import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type BackgroundTask, createBackgroundTask } from '../../lib/snapshot/background-task.ts';
import { eventually } from '../support/eventually.ts';

describe('a background task', () => {
  let task: BackgroundTask | undefined;
  let runs: { readonly begun: number; readonly ended: number; readonly signal: AbortSignal }[];

  const start = (
    tookMs: number,
    intervalMs: number,
    maxShare: number,
    { settleMs = 1, succeeds = true } = {},
  ): BackgroundTask => {
    const own: typeof runs = [];
    runs = own;
    const run = async (signal: AbortSignal): Promise<boolean> => {
      const begun = performance.now();
      await sleep(tookMs);
      own.push({ begun, ended: performance.now(), signal });
      return succeeds;
    };
    task = createBackgroundTask({ run, intervalMs, settleMs, maxShare });
    task.start();
    return task;
  };
  const ran = (times: number): Promise<boolean> => eventually(`${times} runs`, () => runs.length >= times);
  afterEach(() => task?.stop());

  it('runs at once, and then at its interval', async () => {
    start(1, 50, 0.5);
    await ran(3);
    for (const [index, { begun }] of runs.slice(1).entries()) expect(begun - (runs[index]?.begun ?? 0)).to.be.above(45);
  });

  it('never takes more than its share of the time, whatever is invalidated', async () => {
    const { invalidate } = start(20, 1, 0.1);
    const timer = setInterval(invalidate, 1);
    await ran(3).finally(() => clearInterval(timer));
    for (const [index, { begun }] of runs.slice(1).entries()) {
      const { begun: before, ended } = runs[index] ?? { begun: 0, ended: 0 };
      // A timer may be early by a millisecond, and the end was seen a moment before the task saw it.
      expect(begun - before).to.be.above((ended - before) * 10 - 2);
    }
  });

  it('is repeated soon after a failure, after pauses that grow', async () => {
    start(50, 1, 0.000_01, { succeeds: false });
    await ran(3);
    const pauses = runs.slice(1).map(({ begun }, index) => begun - (runs[index]?.ended ?? 0));
    // A timer may be early by a millisecond.
    expect(pauses[0]).to.be.at.least(50 - 2);
    expect(pauses[1]).to.be.at.least(150 - 2);
  });

  it('runs sooner when what it found no longer holds, be it while it runs', async () => {
    const { invalidate } = start(20, 3_600_000, 1);
    await sleep(1);
    invalidate();
    await ran(2);
    invalidate();
    await ran(3);
  });

  it('runs once for changes that come together', async () => {
    const { invalidate } = start(1, 3_600_000, 1, { settleMs: 200 });
    await ran(1);
    for (let change = 0; change < 5; change += 1) invalidate();
    await ran(2);
    await sleep(300);
    expect(runs).to.have.length(2);
  });

  it('ends, and gives up the run under way', async () => {
    const { stop, invalidate } = start(20, 1, 1);
    await sleep(5);
    stop();
    invalidate();
    await ran(1);
    await sleep(50);
    expect(runs).to.have.length(1);
    expect(runs[0]?.signal.aborted).to.equal(true);
  });
});
