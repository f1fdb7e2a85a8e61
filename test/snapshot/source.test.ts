import { expect } from 'chai';
import sinon from 'sinon';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { type SnapshotSource, type SourceOptions, createSnapshotSource } from '../../lib/snapshot/source.ts';
import type { SnapshotCollection } from '../../lib/snapshot/collector.ts';
import { snapshotOf } from '../support/snapshots.ts';

/** A taking that the test ends by hand. */
interface Held extends SnapshotCollection {
  readonly budget: number;
  finish(): void;
  cancelled: boolean;
  pendingCounted: number;
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
        const { promise, resolve } = Promise.withResolvers<void>();
        const takenAt = Date.now();
        const taking: Held = {
          budget,
          finished: promise,
          partial: (): Snapshot => snapshotOf({ takenAt, up }),
          failPending: () => (taking.pendingCounted += 1),
          cancel: () => {
            taking.cancelled = true;
            resolve();
          },
          finish: resolve,
          cancelled: false,
          pendingCounted: 0,
        };
        held.push(taking);
        return taking;
      },
      timeout: 30_000,
      interval: 0,
      cacheTtl: 0,
      now: () => Date.now(),
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

  it('serves what is there when the time is up, counts the rest, and gives up', async () => {
    const { get } = source();
    const answer = get({ timeoutMillis: 2_000 });
    await clock.tickAsync(2_000);
    expect((await answer).takenAt).to.equal(1_000_000);
    expect(held[0]).to.include({ budget: 2_000, pendingCounted: 1, cancelled: true });
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

  it('begins afresh for a caller that comes after one had to leave', async () => {
    const { get } = source();
    void get();
    void get({ timeoutMillis: 500 });
    await clock.tickAsync(500);
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
    await clock.tickAsync(500);
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
