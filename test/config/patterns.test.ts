import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { parseLabelFilter, parsePattern, parseWholePattern } from '../../lib/config/patterns.ts';

describe('patterns', () => {
  it('search anywhere in the text', () => {
    expect(parsePattern('web').test('shop-web-1')).to.equal(true);
    expect(parsePattern('^web').test('shop-web-1')).to.equal(false);
  });

  it('take the inline flags of Go in front, alone, together, or one after the other', () => {
    expect(parsePattern('(?i)WEB').test('shop-web-1')).to.equal(true);
    expect(parsePattern('(?is)A.B').test('a\nb')).to.equal(true);
    expect(parsePattern('(?i)(?m)^B$').test('a\nb')).to.equal(true);
    expect(parsePattern('WEB').test('shop-web-1')).to.equal(false);
  });

  it('answer the same however often they are asked', () => {
    const pattern = parsePattern('web');
    expect([pattern.test('web'), pattern.test('web'), pattern.test('web')]).to.deep.equal([true, true, true]);
  });

  it('take any punctuation with a backslash for itself', () => {
    for (const character of '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~') {
      expect(parsePattern(`^a\\${character}b$`).test(`a${character}b`), character).to.equal(true);
      expect(parsePattern(`^a[\\${character}]b$`).test(`a${character}b`), `[${character}]`).to.equal(true);
    }
    expect(parsePattern(String.raw`^\\-$`).test('\\-')).to.equal(true);
  });

  it('count a character beyond the first 65,536 as one', () => {
    expect(parsePattern('^.$').test('🐳')).to.equal(true);
  });

  it('take what Go has', () => {
    expect(parsePattern(String.raw`\Aweb`).test('a-web')).to.equal(false);
    expect(parsePattern(String.raw`web\z`).test('a-web')).to.equal(true);
    expect(parsePattern('^[[:alpha:]]+$').test('web1')).to.equal(false);
    expect(parsePattern(String.raw`(?P<name>we)b\Q.*\E`).test('web.*')).to.equal(true);
    expect(parsePattern(String.raw`a(?i:B)(?U)c+\pL`).test('abcé')).to.equal(true);
  });

  it('match the whole text where a setting asks for that, whichever alternative comes first', () => {
    const pattern = parseWholePattern('team|team[.]name');
    expect(['team', 'team.name', 'team.n', 'a-team', 'team\n'].map((key) => pattern.test(key))).to.deep.equal([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('take linear time, where a backtracking engine would take years', () => {
    const pattern = parsePattern('^([a-z0-9]+-?)+$');
    const begun = performance.now();
    for (let times = 0; times < 500; times += 1) expect(pattern.test(`${'a'.repeat(1_024)}_`)).to.equal(false);
    expect(performance.now() - begun).to.be.lessThan(5_000);
  });

  it('are equal when they are written alike, so that a reload sees no change in them', () => {
    const [used, fresh, other] = [parsePattern('we.'), parsePattern('we.'), parsePattern('we')];
    used?.test('a-web');
    expect(isDeepStrictEqual(used, fresh)).to.equal(true);
    expect(isDeepStrictEqual(used, other)).to.equal(false);
  });

  const refused: readonly [string, string][] = [
    ['(', 'must be a regular expression as in Go: missing closing ): `(`'],
    ['a**', 'must be a regular expression as in Go: invalid nested repetition operator: `**`'],
    ['[z-a]', 'must be a regular expression as in Go: invalid character class range: `z-a`'],
    ['a(?=b)', 'invalid or unsupported Perl syntax: `(?=` (no lookaround, no backreferences)'],
    ['(?<!a)b', 'invalid named capture: `(?<!a)b` (no lookaround, no backreferences)'],
    [String.raw`(a)\1`, 'invalid escape sequence: `\\1` (no lookaround, no backreferences)'],
    [String.raw`\u0041`, 'invalid escape sequence: `\\u`'],
    ['((a{100}){100}){100}', 'invalid repeat count: `{100}`'],
    ['', 'must not be empty'],
  ];
  for (const [text, reason] of refused) {
    it(`refuse "${text}" with the reason`, () => expect(() => parsePattern(text)).to.throw(reason));
  }
});

describe('label filters', () => {
  it('have a key and perhaps a value, which may be empty or hold more of =', () => {
    expect(parseLabelFilter('a')).to.deep.equal({ key: 'a', value: undefined });
    expect(parseLabelFilter('a=b')).to.deep.equal({ key: 'a', value: 'b' });
    expect(parseLabelFilter('a=')).to.deep.equal({ key: 'a', value: '' });
    expect(parseLabelFilter('a=b=c')).to.deep.equal({ key: 'a', value: 'b=c' });
  });

  it('need a key', () => {
    expect(() => parseLabelFilter('')).to.throw('must be key=value or key');
    expect(() => parseLabelFilter('=b')).to.throw('must be key=value or key');
  });
});
