import { expect } from 'chai';
import { fake, useFakeTimers } from 'sinon';
import type { SinonFakeTimers } from 'sinon';
import { createTicker } from './ticker.ts';

describe('ticker', () => {
  let time: SinonFakeTimers;

  beforeEach(() => {
    time = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });

  afterEach(() => time.restore());

  it('serves everybody who waits in one tick', () => {
    const ticker = createTicker(1000);
    const [early, late] = [fake(), fake()];
    ticker.wait(early);
    time.tick(900);
    ticker.wait(late);
    expect([early.callCount, late.callCount]).to.deep.equal([0, 0]);
    time.tick(100);
    expect([early.callCount, late.callCount]).to.deep.equal([1, 1]);
  });

  it('ticks in a fixed phase, and not at all while nobody waits', () => {
    const ticker = createTicker(1000);
    time.tick(2700);
    expect(time.countTimers()).to.equal(0);
    const waiter = fake();
    ticker.wait(waiter);
    expect(time.countTimers()).to.equal(1);
    time.tick(300);
    expect(waiter.callCount).to.equal(1);
    expect(time.countTimers()).to.equal(0);
  });

  it('serves who waits again from within a tick on the next one', () => {
    const ticker = createTicker(1000);
    const second = fake();
    ticker.wait(() => ticker.wait(second));
    time.tick(1000);
    expect(second.callCount).to.equal(0);
    time.tick(1000);
    expect(second.callCount).to.equal(1);
  });

  it('does not call who has given up', () => {
    const ticker = createTicker(1000);
    const [gone, cleared] = [fake(), fake()];
    ticker.wait(gone)();
    ticker.wait(cleared);
    ticker.clear();
    time.tick(1000);
    expect([gone.callCount, cleared.callCount]).to.deep.equal([0, 0]);
  });
});
