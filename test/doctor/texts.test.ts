import { expect } from 'chai';
import { renderFindings } from '../../lib/doctor/finding.ts';
import { permissions } from '../../lib/doctor/permissions.ts';
import { withoutCapability } from '../../lib/doctor/scrape.ts';
import { catalogue } from '../../lib/metrics/catalogue.ts';

describe("the doctor's words", () => {
  it('name only metrics that there are', () => {
    const names = catalogue.flatMap(({ metrics }) => metrics.map(({ name }) => name));
    const texts = [...permissions.map(({ without }) => without), ...Object.values(withoutCapability)];
    const named = texts.flatMap((text) => text.match(/(?:container|docker|exporter)_[a-z_]+\*?/g) ?? []);
    expect(named).to.have.length.above(20);
    for (const name of named) {
      const matches = name.endsWith('*')
        ? names.some((known) => known.startsWith(name.slice(0, -1)))
        : names.includes(name);
      expect(matches, name).to.equal(true);
    }
  });

  it('are a line each, with the advice below', () => {
    const text = renderFindings([
      { level: 'ok', subject: 'a', text: 'b' },
      { level: 'fail', subject: 'c', text: 'd', advice: ['e', 'f'] },
    ]);
    expect(text).to.equal('ok    a: b\nfail  c: d\n        e\n        f\n');
  });
});
