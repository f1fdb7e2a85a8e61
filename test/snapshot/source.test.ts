import { expect } from 'chai';
import sinon from 'sinon';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { type SnapshotSource, type SourceOptions, createSnapshotSource } from '../../lib/snapshot/source.ts';
import type { SnapshotCollection } from '../../lib/snapshot/collector.ts';
import { snapshotOf } from '../support/snapshots.ts';

/** A taking that the test ends by hand. */
interface Held extends SnapshotCollection {
  budget: number;
  finish(): void;
  fail(error: Error): void;
  cancelled: boolean;
  answeredAt: number;
}

describe('createSnapshotSource', () => {
  let clock: sinon.SinonFakeTimers;
  let held: Held[];
  let up: boolean;

  beforeEach(() => {
    clock = sinon.useFakeTimers({ now: 1_000_000 });
    held = [];
    up = true;
  });
  afterEach(() => clock.restore());

  const source = (options: Partial<SourceOptions> = {}): SnapshotSource =>
    createSnapshotSource({
      collect: (budget) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const takenAt = Date.now();
        const taking: Held = {
          budget,
          finished: promise,
          allow: (more) => {
            taking.budget = Math.max(taking.budget, more);
          },
          lastAnswerAt: () => taking.answeredAt,
          partial: (): Snapshot => snapshotOf({ takenAt, up }),
          cancel: () => {
            taking.cancelled = true;
            resolve();
          },
          finish: resolve,
          fail: reject,
          cancelled: false,
          answeredAt: performance.now(),
        };
        held.push(taking);
        return taking;
      },
      timeout: 30_000,
      interval: 0,
      cacheTtl: 0,
      ...options,
    });

  it('takes one snapshot for all callers that arrive while it is being taken', async () => {
    const { get } = source();
    const answers = Promise.all([get(), get(), get()]);
    held[0]?.finish();
    const [first, second, third] = await answers;
    expect(held).to.have.length(1);
    expect(second).to.equal(first);
    expect(third).to.equal(first);
  });

  it('takes a new snapshot for a caller that comes after', async () => {
    const { get } = source();
    const first = get();
    held[0]?.finish();
    await first;
    void get();
    expect(held).to.have.length(2);
  });

  it('serves what is there when the time is up, and gives a collection the usual time of a scraper', async () => {
    const { get } = source();
    const answer = get({ timeoutMillis: 2_000 });
    await clock.tickAsync(2_000);
    expect((await answer).takenAt).to.equal(1_000_000);
    expect(held[0]?.budget).to.equal(10_000);
  });

  it('gives up what took too long once nobody waits for it', async () => {
    const { get } = source();
    void get({ timeoutMillis: 4_000 });
    void get({ timeoutMillis: 9_000 });
    await clock.tickAsync(8_999);
    expect(held[0]?.cancelled).to.equal(false);
    await clock.tickAsync(1);
    expect(held[0]?.cancelled).to.equal(true);
  });

  it('goes on for a while for the next caller where the only one was in a hurry', async () => {
    const { get } = source();
    void get({ timeoutMillis: 100 });
    await clock.tickAsync(900);
    const next = get({ timeoutMillis: 900 });
    await clock.tickAsync(100);
    held[0]?.finish();
    await next;
    expect(held).to.have.length(1);
    expect(clock.countTimers()).to.equal(0);
  });

  it('gives up what no caller in a hurry came back for', async () => {
    const { get } = source();
    void get({ timeoutMillis: 100 });
    await clock.tickAsync(2_499);
    expect(held[0]?.cancelled).to.equal(false);
    await clock.tickAsync(1);
    expect(held[0]?.cancelled).to.equal(true);
  });

  it('has one collection at most that nobody waits for, however many callers in a hurry an engine lets hang', async () => {
    const { get } = source();
    for (let caller = 0; caller < 100; caller += 1) {
      void get({ timeoutMillis: 100 });
      await clock.tickAsync(500);
      expect(held.filter(({ cancelled }) => !cancelled).length).to.be.at.most(1);
    }
  });

  it('lets a caller in a hurry leave without spoiling the snapshot for the others', async () => {
    const { get } = source();
    const patient = get();
    const hurried = get({ timeoutMillis: 500 });
    await clock.tickAsync(500);
    await hurried;
    expect(held[0]?.cancelled).to.equal(false);
    held[0]?.finish();
    await patient;
    expect(held[0]?.cancelled).to.equal(false);
  });

  it('gives each caller its own time, whoever began the collection', async () => {
    const { get } = source();
    void get({ timeoutMillis: 600 });
    const honest = get({ timeoutMillis: 15_000 });
    await clock.tickAsync(0);
    expect(held[0]?.budget).to.equal(15_000);
    await clock.tickAsync(14_998);
    expect(held[0]?.cancelled).to.equal(false);
    held[0]?.finish();
    expect((await honest).takenAt).to.equal(1_000_000);
    expect(held).to.have.length(1);
  });

  it('is shared by all who come as long as answers come, however many had to leave', async () => {
    const { get } = source();
    void get({ timeoutMillis: 100 });
    for (let second = 1; second <= 20; second += 1) {
      await clock.tickAsync(1_000);
      if (held[0] !== undefined) held[0].answeredAt = performance.now();
      void get({ timeoutMillis: 100 });
    }
    expect(held).to.have.length(1);
    expect(held[0]?.cancelled).to.equal(false);
  });

  it('begins afresh for a caller that comes after one had to leave what hangs', async () => {
    const { get } = source();
    void get();
    void get({ timeoutMillis: 500 });
    await clock.tickAsync(2_499);
    void get();
    expect(held).to.have.length(1);
    await clock.tickAsync(1);
    void get();
    expect(held).to.have.length(2);
  });

  it('takes a new snapshot after one that could not be taken at all', async () => {
    const { get } = source();
    const failed = get().catch((error: unknown) => error);
    held[0]?.fail(new Error('a fault'));
    expect(await failed).to.be.an('error');
    const next = get();
    held[1]?.finish();
    expect((await next).up).to.equal(true);
  });

  it('goes on in the background after a snapshot that could not be taken', async () => {
    const background = source({ interval: 1_000 });
    background.start();
    await clock.tickAsync(0);
    held[0]?.fail(new Error('a fault'));
    await clock.tickAsync(1_000);
    expect(held).to.have.length(2);
    background.stop();
  });

  it('does not serve again what was given up', async () => {
    const { get } = source({ cacheTtl: 60_000 });
    void get({ timeoutMillis: 100 });
    await clock.tickAsync(2_500);
    expect(held[0]?.cancelled).to.equal(true);
    void get();
    expect(held).to.have.length(2);
  });

  it('serves a cached snapshot for no longer where the clock is set back', async () => {
    const { get } = source({ cacheTtl: 10_000 });
    const first = get();
    held[0]?.finish();
    await first;
    await clock.tickAsync(9_000);
    clock.setSystemTime(900_000);
    await clock.tickAsync(1_000);
    void get();
    expect(held).to.have.length(2);
  });

  it('never waits longer than its own timeout', async () => {
    const { get } = source();
    const answer = get({ timeoutMillis: 120_000 });
    await clock.tickAsync(30_000);
    await answer;
    expect(held[0]?.budget).to.equal(30_000);
  });

  it('serves a cached snapshot until its time is over', async () => {
    const { get } = source({ cacheTtl: 10_000 });
    const first = get();
    held[0]?.finish();
    const snapshot = await first;
    await clock.tickAsync(9_999);
    expect(await get()).to.equal(snapshot);
    await clock.tickAsync(1);
    void get();
    expect(held).to.have.length(2);
  });

  it('does not cache that the daemon is away', async () => {
    up = false;
    const { get } = source({ cacheTtl: 10_000 });
    const first = get();
    held[0]?.finish();
    await first;
    void get();
    expect(held).to.have.length(2);
  });

  it('keeps the newest snapshot where an older one is complete later', async () => {
    const { get } = source({ cacheTtl: 60_000 });
    const older = get();
    void get({ timeoutMillis: 500 });
    await clock.tickAsync(2_500);
    const newer = get();
    held[1]?.finish();
    const snapshot = await newer;
    held[0]?.finish();
    await older;
    expect(await get()).to.equal(snapshot);
  });

  it('takes no snapshot by itself without an interval', async () => {
    source().start();
    await clock.tickAsync(60_000);
    expect(held).to.have.length(0);
  });

  it('leaves no timer behind when a snapshot was complete in time', async () => {
    const { get } = source();
    const answer = get();
    held[0]?.finish();
    await answer;
    expect(clock.countTimers()).to.equal(0);
  });

  it('takes snapshots in the background and serves the newest', async () => {
    const background = source({ interval: 15_000 });
    background.start();
    await clock.tickAsync(0);
    held[0]?.finish();
    await clock.tickAsync(14_999);
    expect(held).to.have.length(1);
    expect((await background.get()).takenAt).to.equal(1_000_000);
    await clock.tickAsync(1);
    held[1]?.finish();
    await clock.tickAsync(0);
    expect((await background.get()).takenAt).to.equal(1_015_000);
    background.stop();
  });

  it('waits for the first background snapshot', async () => {
    const background = source({ interval: 15_000 });
    background.start();
    const answer = background.get();
    await clock.tickAsync(0);
    expect(held).to.have.length(1);
    held[0]?.finish();
    expect((await answer).takenAt).to.equal(1_000_000);
    background.stop();
  });

  it('takes the next background snapshot at once when one took longer than the interval', async () => {
    const background = source({ interval: 1_000 });
    background.start();
    await clock.tickAsync(2_500);
    held[0]?.finish();
    await clock.tickAsync(0);
    expect(held).to.have.length(2);
    background.stop();
  });

  it('stops the background work and gives up what is under way', async () => {
    const background = source({ interval: 1_000 });
    background.start();
    await clock.tickAsync(0);
    background.stop();
    expect(held[0]?.cancelled).to.equal(true);
    await clock.tickAsync(10_000);
    expect(held).to.have.length(1);
  });
});
