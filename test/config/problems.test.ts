import { expect } from 'chai';
import { problemLine } from '../../lib/config/problems.ts';

describe('problem lines', () => {
  const where = 'environment X';

  it('say key, value, place and what is allowed', () => {
    expect(problemLine({ key: 'server.port', text: 'x', where, reason: 'must be y' })).to.equal(
      'server.port = "x" (environment X): must be y',
    );
  });

  it('stay one line that a terminal takes for text, whatever the value', () => {
    const text = 'a\r\nb\u001b[31m\u0085\u2028\u202e\u200b\ud800c';
    expect(problemLine({ key: 'server.address', text, where, reason: 'x' })).to.equal(
      'server.address = "a\\u000d\\u000ab\\u001b[31m\\u0085\\u2028\\u202e\\u200b\\ud800c" (environment X): x',
    );
  });

  it('cut what is long', () => {
    const line = problemLine({ key: 'k'.repeat(1_000), text: 'x', where, reason: 'unknown' });
    expect(line).to.equal(`${'k'.repeat(80)}… (environment X): unknown`);
    const address = problemLine({ key: 'server.address', text: 'x'.repeat(1_000_000), where, reason: 'y' });
    expect(address).to.equal(`server.address = "${'x'.repeat(80)}…" (environment X): y`);
  });

  it('hold no value of a key that is secret, or that nobody knows', () => {
    for (const key of ['server.auth.password', 'server.auth.password_hash', 'server.auth.pasword']) {
      expect(problemLine({ key, text: 'hunter2', where, reason: 'x' })).to.equal(`${key} (environment X): x`);
    }
  });
});
