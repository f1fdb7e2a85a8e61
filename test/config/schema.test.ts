import { expect } from 'chai';
import { formatOf } from '../../lib/config/formats.ts';
import { createBuilder } from '../../lib/config/builder.ts';
import { helpText } from '../../lib/config/command-line.ts';
import { settingsByKey, settingsTable } from '../../lib/config/schema.ts';
import { besideOf, variablesOf } from '../../lib/config/setting.ts';

describe('the schema', () => {
  const settings = [...settingsByKey.values()];

  it('has defaults that are allowed', () => {
    expect(() => createBuilder(settingsTable).configuration.validate({ allowed: 'strict' })).to.not.throw();
  });

  it('requires only settings that exist', () => {
    const causes = settings.flatMap(({ key, requiredBy }) => (requiredBy ? [besideOf(key, requiredBy)] : []));
    expect(causes.filter((key) => !settingsByKey.has(key))).to.deep.equal([]);
  });

  it('gives no variable to two settings', () => {
    const variables = settings.flatMap(variablesOf);
    expect(variables).to.deep.equal([...new Set(variables)]);
  });

  it('explains every setting in one line without a full stop', () => {
    for (const { key, doc } of settings) expect(doc, key).to.match(/^[A-Z][^\n]{9,100}[^.\n]$/);
  });

  it('keeps lists out of variables, where nobody could tell their items apart', () => {
    expect(settings.filter(({ env, format }) => env && formatOf(format).shape === 'list')).to.deep.equal([]);
  });
});

describe('--help', () => {
  it('has every setting with its variable and default, on lines of at most 110 columns', () => {
    const help = helpText();
    for (const setting of settingsByKey.values()) {
      const { key, doc } = setting;
      const variables = variablesOf(setting).join(', ');
      expect(help).to.match(
        new RegExp(`^  --${key.replaceAll('.', String.raw`\.`)}[ [].*(?:\\n {6}\\(.*)?${variables}`, 'm'),
      );
      expect(help).to.contain(`      ${doc}\n`);
    }
    expect(help).to.contain('--server.port PORT  (EXPORTER_PORT, default 9200)');
    expect(help.split('\n').filter((line) => line.length > 110)).to.deep.equal([]);
  });
});
