import { settingsByKey, schema } from '../lib/config/schema.ts';
import { type Section, type Setting, defaultText, isSetting, variablesOf } from '../lib/config/setting.ts';

/** The table of config/README.md: every setting, in the order of the schema. */
export function settingsTable(): string {
  const rows = [...settingsByKey.values()].map((setting) => {
    const cells = [
      code(setting.key),
      variablesOf(setting).map(code).join(', '),
      code(defaultText(setting)),
      setting.doc,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| Key | Environment | Default | Description |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

/** The whole of config.example.yaml: every setting with its default, behind a #, since some mean more once they are set. */
export function exampleFile(): string {
  return `# Every setting with its default. Take the # away from what you want to change.\n${sectionText(schema, '')}`;
}

function sectionText(section: Section, indent: string): string {
  return Object.entries(section)
    .filter(([, node]) => !isSetting(node) || !node.obsolete)
    .map(([name, node]) =>
      isSetting(node)
        ? `${indent}# ${node.doc}${variablesOf(node).length === 0 ? '' : ` (${variablesOf(node).join(', ')})`}\n${indent}#${name}:${valueText(node)}\n`
        : `${indent}${name}:\n${sectionText(node, `${indent}  `)}`,
    )
    .join('');
}

function valueText({ default: value }: Setting): string {
  if (value === undefined) return '';
  if (typeof value === 'object') return value instanceof Map ? ' {}' : ' []';
  return value === '' ? " ''" : ` ${value}`;
}
