import { expect } from 'chai';
import { parseExposition } from './exposition.ts';

describe('the reader of expositions that the tests rely on', () => {
  it('reads names, labels in their order, escapes and values', () => {
    const exposition = parseExposition(
      '# HELP a_total What \\\\ it\\nis.\n# TYPE a_total counter\na_total{z="1",b="q\\"u\\\\o\\nte, }ü"} 1.5e+3\na_total -Inf\n' +
        '# a remark\n# TYPE b gauge\nb NaN\n',
    );
    const family = exposition.families.get('a_total');
    expect(family?.type).to.equal('counter');
    expect(family?.help).to.equal('What \\ it\nis.');
    expect(family?.samples.map(({ value }) => value)).to.deep.equal([1500, -Infinity]);
    expect([...(family?.samples[0]?.labels ?? [])]).to.deep.equal([
      ['z', '1'],
      ['b', 'q"u\\o\nte, }ü'],
    ]);
    expect(exposition.value('b')).to.deep.equal(Number.NaN);
    expect(exposition.value('a_total', { z: '1' })).to.equal(1500);
    expect(exposition.value('a_total', { z: '2' })).to.equal(undefined);
    expect(() => exposition.value('a_total')).to.throw('2 series');
  });

  const malformed: Readonly<Record<string, string>> = {
    'a last line without an end': '# TYPE a gauge\na 1',
    'an empty line': '# TYPE a gauge\n\na 1\n',
    'a sample without a type': 'a 1\n',
    'an unknown type': '# TYPE a meter\na 1\n',
    'a second type': '# TYPE a gauge\n# TYPE a gauge\na 1\n',
    'a second help': '# HELP a x\n# HELP a y\n# TYPE a gauge\na 1\n',
    'a type after the samples': '# TYPE a gauge\na 1\n# HELP a x\n',
    'a family in two pieces': '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\na{x="1"} 1\n',
    'a series twice': '# TYPE a gauge\na{x="1",y="2"} 1\na{y="2",x="1"} 2\n',
    'a label twice': '# TYPE a gauge\na{x="1",x="2"} 1\n',
    'a bad metric name': '# TYPE a gauge\n1a 1\n',
    'a bad name in a comment': '# TYPE a-b gauge\n',
    'a bad label name': '# TYPE a gauge\na{x.y="1"} 1\n',
    'an unquoted label value': '# TYPE a gauge\na{x=1} 1\n',
    'a label value without an end': '# TYPE a gauge\na{x="1} 1\n',
    'labels without a comma': '# TYPE a gauge\na{x="1"y="2"} 1\n',
    'a comma too many': '# TYPE a gauge\na{x="1",} 1\n',
    'an unknown escape': '# TYPE a gauge\na{x="\\t"} 1\n',
    'an unknown escape in a help': '# HELP a \\"\n# TYPE a gauge\n',
    'no value': '# TYPE a gauge\na \n',
    'a value in words': '# TYPE a gauge\na undefined\n',
    'a value in hexadecimal': '# TYPE a gauge\na 0x10\n',
    'a time stamp': '# TYPE a gauge\na 1 1700000000000\n',
    'no space': '# TYPE a gauge\na{x="1"}1\n',
  };
  for (const [what, text] of Object.entries(malformed)) {
    it(`refuses ${what}`, () => {
      expect(() => parseExposition(text)).to.throw();
    });
  }
});
