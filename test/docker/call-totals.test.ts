import { expect } from 'chai';
import { createCallCounter, engineEndpoints } from '../../lib/docker/call-totals.ts';

describe('the totals of calls', () => {
  it('hold every endpoint from the start', () => {
    const none = { ok: 0, error: 0, seconds: 0 };
    expect(createCallCounter().totals()).to.deep.equal(
      Object.fromEntries(engineEndpoints.map((endpoint) => [endpoint, none])),
    );
  });

  it('count answers, failures and time, each under its endpoint', async () => {
    const counter = createCallCounter();
    const before = counter.totals();
    expect(await counter.count('stats', async () => 7)).to.equal(7);
    const failure = await counter.count('stats', () => Promise.reject(new Error('no'))).catch(String);
    expect(failure).to.equal('Error: no');
    expect(counter.totals().stats).to.include({ ok: 1, error: 1 });
    expect(counter.totals().stats.seconds).to.be.greaterThan(0);
    expect(counter.totals().list).to.deep.equal(before.list);
    expect(before).to.deep.equal(createCallCounter().totals());
  });

  it('count seconds from the beginning of a call to its end', async () => {
    let now = 5_000;
    const { count, totals } = createCallCounter(() => now);
    await count('stats', async () => (now += 250));
    await count('stats', async () => (now += 500));
    expect(totals().stats.seconds).to.equal(0.75);
  });
});
