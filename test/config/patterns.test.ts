import { expect } from 'chai';
import { parseLabelFilter, parsePattern } from '../../lib/config/patterns.ts';

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

  const refused: readonly [string, string][] = [
    ['(', 'must be a regular expression: unterminated group'],
    ['a**', 'must be a regular expression: nothing to repeat'],
    ['[z-a]', 'must be a regular expression: range out of order in character class'],
    [String.raw`\Aweb`, 'must be a regular expression: invalid escape'],
    [String.raw`web\z`, 'must be a regular expression: invalid escape'],
    ['[[:alpha:]]', 'must be a regular expression: lone quantifier brackets'],
    ['(?U)a+', 'must be a regular expression: invalid group'],
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
