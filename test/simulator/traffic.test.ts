import { expect } from 'chai';
import { createTraffic } from './traffic.ts';

describe('traffic', () => {
  it('counts requests and the peak of those open at once, by endpoint and over all', () => {
    const traffic = createTraffic();
    traffic.begin('stats', 'GET /containers/a/stats');
    traffic.begin('stats', 'GET /containers/b/stats');
    traffic.begin('inspect', 'GET /containers/a/json');
    traffic.end('stats');
    traffic.begin('stats', 'GET /containers/c/stats');
    expect([traffic.count('stats'), traffic.openNow('stats'), traffic.openPeak('stats')]).to.deep.equal([3, 2, 2]);
    expect([traffic.count(), traffic.openNow(), traffic.openPeak()]).to.deep.equal([4, 3, 3]);
    expect(traffic.count('events')).to.equal(0);
  });

  it('forgets on reset everything but what is still open', () => {
    const traffic = createTraffic();
    traffic.begin('stats', 'GET /containers/a/stats');
    traffic.begin('stats', 'GET /containers/b/stats');
    traffic.end('stats');
    traffic.reset();
    expect([traffic.count('stats'), traffic.openNow('stats'), traffic.openPeak('stats')]).to.deep.equal([0, 1, 1]);
    expect(traffic.lines).to.have.length(0);
  });

  it('keeps the first request lines, and not more of them however long it runs', () => {
    const traffic = createTraffic();
    for (let count = 0; count < 30_000; count++) {
      traffic.begin('ping', `GET /_ping?${count}`);
      traffic.end('ping');
    }
    expect(traffic.count('ping')).to.equal(30_000);
    expect(traffic.lines).to.have.length(20_000);
    expect(traffic.lines[0]).to.equal('GET /_ping?0');
  });
});
