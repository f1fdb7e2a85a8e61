import { expect } from 'chai';
import fc from 'fast-check';
import { bothFormats } from '../support/both-formats.ts';
import { type Sample, parseExposition } from '../support/exposition.ts';
import { parseOpenMetrics } from '../support/openmetrics.ts';
import { containerFacts, longFigures, snapshotOf } from '../support/snapshots.ts';
import { patience, runs } from './runs.ts';

const flat = ({ name, labels, value }: Sample): unknown => [name, [...labels], value];

describe('the exposition in OpenMetrics', () => {
  it('shows what the text format shows, whatever the labels hold', async () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({
        unit: fc.constantFrom('\\', '"', '\n', '\r', '\t', 'n', '}', ',', '=', '#', ' ', '\u2028', '🦊', '\ud800'),
      }),
      fc.constant('long "\\\n'.repeat(1_250)),
    );
    await fc.assert(
      fc.asyncProperty(hostile, hostile, hostile, async (name, project, site) => {
        const container = containerFacts({ name, composeProject: project, startedAt: 1, resources: longFigures });
        const { text, openmetrics } = await bothFormats(snapshotOf({ containers: [container] }), { site });
        const plain = [...parseExposition(text).families.values()].flatMap(({ samples }) => samples);
        const open = [...parseOpenMetrics(openmetrics).families.values()].flatMap(({ samples }) => samples);
        const values = open.filter((sample) => !sample.name.endsWith('_created'));
        expect(values.map(flat)).to.deep.equal(plain.map(flat));
        const wellFormed = Buffer.from(name).toString();
        expect(values.some(({ labels }) => labels.get('container_name') === wellFormed)).to.equal(true);
      }),
      runs(10),
    );
  }).timeout(patience);
});
