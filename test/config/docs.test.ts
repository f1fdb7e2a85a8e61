import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect } from 'chai';
import { settingsByKey } from '../../lib/config/schema.ts';
import { generatedTexts, upToDate } from '../../scripts/write-docs.ts';
import { load } from './loading.ts';

const example = readFileSync(new URL('../../config/config.example.yaml', import.meta.url), 'utf8');

describe('generated text', () => {
  for (const generated of generatedTexts) {
    const { file, marker = 'all of it' } = generated;
    it(`of ${relative('.', file.pathname)} (${marker}) is what npm run docs writes`, async () => {
      expect(readFileSync(file, 'utf8')).to.equal(await upToDate(generated));
    });
  }
});

describe('config.example.yaml', () => {
  it('loads as it is, and changes nothing', () => {
    const { settings, origins, warnings } = load({ yaml: example });
    expect(settings).to.deep.equal(load({}).settings);
    expect(new Set(origins.values())).to.deep.equal(new Set(['default']));
    expect(warnings).to.deep.equal([]);
  });

  it('has every setting that has an effect, with its default, once the # is taken away', () => {
    const { settings, origins, warnings } = load({ yaml: example.replaceAll(/^( *)#(?=\w)/gm, '$1') });
    const { performance, ...others } = load({}).settings;
    expect(settings).to.deep.equal({ ...others, performance: { ...performance, max_waiting: 10 } });
    expect(warnings).to.deep.equal([]);
    const unset = [...settingsByKey.values()].filter(
      ({ key, obsolete }) => !obsolete && origins.get(key) === 'default',
    );
    expect(unset.map(({ key }) => key)).to.deep.equal([
      'server.health_port',
      'web.listen-address',
      'web.telemetry-path',
    ]);
    expect(example).to.match(/^ {2}#health_port:$/m);
  });
});
