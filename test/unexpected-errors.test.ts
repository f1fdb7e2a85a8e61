import { expect } from 'chai';
import { createErrorLog } from '../lib/unexpected-errors.ts';

describe('an unexpected error', () => {
  const lines: object[] = [];
  let now = 0;
  const log = createErrorLog(
    { info: () => {}, warn: () => {}, error: (_message, fields = {}) => lines.push(fields) },
    () => now,
  );
  beforeEach(() => {
    lines.length = 0;
    now += 3_600_000;
  });

  it('is logged once where it comes back at each scrape, whatever it says', () => {
    for (let scrape = 0; scrape < 100; scrape += 1) log(new Error(`no ${scrape}`));
    expect(lines).to.have.length(1);
    expect(String((lines[0] as { error: unknown }).error)).to.match(/^Error: no 0\n +at .*unexpected-errors\.test/);
  });

  it('is logged again after an hour', () => {
    for (let minutes = 0; minutes < 120; minutes += 1, now += 60_000) log(new Error('no'));
    expect(lines).to.have.length(2);
  });

  it('does not hide one from elsewhere', () => {
    log(new Error('here'));
    log(new Error('there'));
    log('no error at all');
    expect(lines).to.have.length(3);
  });
});
