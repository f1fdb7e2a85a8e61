import { formatOf, isSwitch } from './formats.ts';
import { type KeyedSetting, schema, settingsByKey } from './schema.ts';
import { defaultText, variablesOf } from './setting.ts';

const introduction = `Usage: docker-stats-exporter [doctor] [--config FILE] [--SETTING VALUE]...

Serves the metrics of every Docker container for Prometheus.

  doctor              say whether the engine can be reached, what will be missing and why, and exit:
                      0 nothing, 1 the engine can't be reached, 2 metrics are missing
  -c, --config FILE   read settings from a YAML file
      --check-config  read the settings, say what is wrong with them, and exit
      --version       say the version and exit
  -h, --help          say this and exit

Every setting is a key of the YAML file and a flag; some are an environment variable too. Flags win
over variables, variables over the file. A flag for a list may be repeated.
`;

const longestLine = 110;

/** What `--help` prints, from the schema. */
export function helpText(): string {
  const sections = Object.keys(schema).map((section) => {
    const settings = [...settingsByKey.values()].filter(({ key }) => key.startsWith(`${section}.`));
    return `\n${section}:\n${settings.map(settingText).join('')}`;
  });
  return introduction + sections.join('');
}

function settingText(setting: KeyedSetting): string {
  const { key, doc, format } = setting;
  const { placeholder } = formatOf(format);
  const value = isSwitch(format) ? `[=${placeholder}]` : ` ${placeholder}`;
  const fallback = defaultText(setting);
  const facts = [...variablesOf(setting), ...(fallback === '' ? [] : [`default ${fallback}`])];
  const head = `  --${key}${value}`;
  const tail = facts.length > 0 ? `(${facts.join(', ')})` : '';
  const gap = head.length + tail.length < longestLine - 2 ? '  ' : '\n      ';
  return `${head}${tail === '' ? '' : gap + tail}\n      ${doc}\n`;
}
