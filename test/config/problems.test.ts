import { expect } from 'chai';
import { nearest, problemLine } from '../../lib/config/problems.ts';
import { settingsByKey, settingsTable } from '../../lib/config/schema.ts';

describe('problem lines', () => {
  const where = 'environment X';

  it('say key, value, place and what is allowed', () => {
    expect(
      problemLine({
        key: 'server.port',
        setting: settingsByKey.get('server.port'),
        text: 'x',
        where,
        reason: 'must be y',
      }),
    ).to.equal('server.port = "x" (environment X): must be y');
  });

  it('stay one line that a terminal takes for text, whatever the value', () => {
    const text = 'a\r\nb\u001b[31m\u0085\u2028\u202e\u200b\ud800c';
    expect(
      problemLine({ key: 'server.address', setting: settingsByKey.get('server.address'), text, where, reason: 'x' }),
    ).to.equal('server.address = "a\\u000d\\u000ab\\u001b[31m\\u0085\\u2028\\u202e\\u200b\\ud800c" (environment X): x');
  });

  it('cut what is long', () => {
    const line = problemLine({ key: 'k'.repeat(1_000), text: 'x', where, reason: 'unknown' });
    expect(line).to.equal(`${'k'.repeat(80)}… (environment X): unknown`);
    const address = problemLine({
      key: 'server.address',
      setting: settingsByKey.get('server.address'),
      text: 'x'.repeat(1_000_000),
      where,
      reason: 'y',
    });
    expect(address).to.equal(`server.address = "${'x'.repeat(80)}…" (environment X): y`);
  });

  it('hold no value of a key that is secret, or that nobody knows', () => {
    for (const key of ['server.auth.password', 'server.auth.password_hash', 'server.auth.pasword']) {
      expect(problemLine({ key, setting: settingsByKey.get(key), text: 'hunter2', where, reason: 'x' })).to.equal(
        `${key} (environment X): x`,
      );
    }
  });
});

describe('nearest', () => {
  const guesses: readonly [string, string | undefined][] = [
    ['server.prot', 'server.port'],
    ['server.ports', 'server.port'],
    ['Server.Port', 'server.port'],
    ['sever', 'server'],
    ['colection.timeout', 'collection.timeout'],
    ['collection.filter', 'collection.filters'],
    ['docker.port', 'server.port'],
    ['max_concurrent', 'performance.max_concurrent'],
    ['enabled', undefined],
    ['something_else', undefined],
    ['', undefined],
    ['x'.repeat(100_000), undefined],
  ];
  for (const [key, guess] of guesses) {
    it(`takes ${JSON.stringify(key.slice(0, 30))} for ${guess ?? 'nothing'}`, () =>
      expect(nearest(key, settingsTable.knownKeys)).to.equal(guess));
  }
});
