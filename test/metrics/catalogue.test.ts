import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { catalogue } from '../../lib/metrics/catalogue.ts';

interface Promised {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

const promised = JSON.parse(
  readFileSync(new URL('../fixtures/metrics.json', import.meta.url), 'utf8'),
) as readonly Promised[];

const rows = catalogue.flatMap(({ labels, metrics }) => metrics.map((metric) => ({ ...metric, labels })));

describe('the catalogue', () => {
  for (const { name, type, labels } of promised) {
    it(`has the ${type} ${name} with its labels in order`, () => {
      const row = rows.find((metric) => metric.name === name);
      expect(row?.kind).to.equal(type);
      expect(row?.labels).to.deep.equal(labels);
    });
  }

  it('has each name once', () => {
    expect(new Set(rows.map(({ name }) => name)).size).to.equal(rows.length);
  });

  it('has a sentence of help for each', () => {
    expect(rows.filter(({ help }) => !/^[A-Z].*\.$|1\.$/.test(help)).map(({ name }) => name)).to.deep.equal([]);
  });
});
