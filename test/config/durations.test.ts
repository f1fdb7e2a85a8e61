import { expect } from 'chai';
import { parseDuration } from '../../lib/config/durations.ts';

describe('durations', () => {
  const readable: readonly [string, number][] = [
    ['0', 0],
    ['-0', 0],
    ['0s', 0],
    ['-0s', 0],
    ['30s', 30_000],
    ['+5s', 5_000],
    ['1m30s', 90_000],
    ['500ms', 500],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['5.s', 5_000],
    ['1h2m3s4ms', 3_723_004],
    ['1.1s', 1_100],
    ['2000us', 2],
    ['2000µs', 2],
    ['2000μs', 2],
    ['3000000ns', 3],
    ['30s1m', 90_000],
    ['596h', 2_145_600_000],
  ];
  for (const [text, milliseconds] of readable) {
    it(`reads ${text} as ${milliseconds} ms`, () => expect(parseDuration(text)).to.equal(milliseconds));
  }

  it('rounds up to whole milliseconds, so that a timeout never turns into none', () => {
    expect(parseDuration('1ns')).to.equal(1);
    expect(parseDuration('1500us')).to.equal(2);
  });

  it('reads what any three numbers of hours, minutes and seconds spell', () => {
    for (let hours = 0; hours < 500; hours += 37) {
      for (let minutes = 0; minutes < 90; minutes += 13) {
        for (let hundredths = 0; hundredths < 9_000; hundredths += 1_117) {
          const text = `${hours}h${minutes}m${hundredths / 100}s`;
          expect(parseDuration(text), text).to.equal(hours * 3_600_000 + minutes * 60_000 + hundredths * 10);
        }
      }
    }
  });

  for (const text of ['30', '1.5', '+7', '-3']) {
    it(`asks for a unit behind ${text}`, () =>
      expect(() => parseDuration(text)).to.throw('must have a unit, such as 30s'));
  }

  for (const text of [
    '',
    's',
    '.s',
    '-',
    '1x',
    '1d',
    '30 s',
    ' 30s',
    '30s ',
    '1e3s',
    '0x1s',
    '1s-1s',
    '1,5s',
    '٣s',
    '30S',
    'NaNs',
  ]) {
    it(`refuses "${text}"`, () => expect(() => parseDuration(text)).to.throw('must be a duration, such as 30s'));
  }

  it('refuses what lies in the past', () => {
    expect(() => parseDuration('-1ms')).to.throw('must not be negative');
  });

  it('refuses what a timer would take for at once', () => {
    expect(() => parseDuration('597h')).to.throw('must be at most 596h');
    expect(() => parseDuration(`${'9'.repeat(400)}h`)).to.throw('must be at most 596h');
  });

  it('gives up at once on a hundred thousand digits', () => {
    expect(() => parseDuration(`${'1'.repeat(100_000)}x`)).to.throw('must be a duration');
  });
});
