import { expect } from 'chai';
import { formatOf } from '../../lib/config/formats.ts';
import { helpText } from '../../lib/config/help.ts';
import { variablesOf } from '../../lib/config/setting.ts';
import { defaultConfiguration, settingsByKey } from '../../lib/config/schema.ts';

describe('the schema', () => {
  const settings = [...settingsByKey.values()];

  it('has defaults that are allowed', () => {
    expect(() => defaultConfiguration().validate({ allowed: 'strict' })).to.not.throw();
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
