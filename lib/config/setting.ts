import type { FormatName, FormatValue } from './formats.ts';

/** One setting, as convict wants it. Its flag is its key: `--server.port`. */
export interface Setting {
  /** One line, without a full stop: it is in --help, config/README.md and the example file. */
  readonly doc: string;
  /** A name from the table of formats, or the words to choose from. */
  readonly format: FormatName | readonly string[];
  /** As it would be written; lists and maps as they are. Where it is undefined, so is the setting until it is set. */
  readonly default: string | number | boolean | undefined | readonly never[] | ReadonlyMap<string, string>;
  /** The variable; of several, the first that is set counts. */
  readonly env?: string | readonly string[];
  /** The name of a setting beside it: once that one is set, this one must be set too. */
  readonly requiredBy?: string;
  /** A reload of the settings changes it; the others take effect only after a restart. */
  readonly reloadable?: true;
  /** Never printed. */
  readonly sensitive?: true;
  /** Accepted from older files and ignored, with a warning. */
  readonly obsolete?: true;
}

export interface Section {
  readonly [name: string]: Setting | Section;
}

/** The settings of a section as they are after loading, under the same keys. */
export type ValuesOf<Node> = {
  readonly [Name in keyof Node]: Node[Name] extends Setting ? ValueOf<Node[Name]> : ValuesOf<Node[Name]>;
};

type ValueOf<Leaf extends Setting> =
  FormattedValue<Leaf['format']> | (undefined extends Leaf['default'] ? undefined : never);

type FormattedValue<Format extends Setting['format']> = Format extends FormatName
  ? FormatValue<Format>
  : Format extends readonly (infer Choice)[]
    ? Choice
    : never;

export interface KeyedSetting extends Setting {
  /** All names down to the setting: `server.port`. */
  readonly key: string;
}

/** All settings that one kind of file may hold. */
export interface SettingsTable {
  readonly root: Section;
  /** The same, flat and in the same order. */
  readonly byKey: ReadonlyMap<string, KeyedSetting>;
  /** Every key that is a setting or a section of them. */
  readonly knownKeys: readonly string[];
  /** What any other key is called in problems. */
  readonly otherKey: string;
}

export function tableOf(root: Section, otherKey = 'unknown key'): SettingsTable {
  const settings = settingsUnder(root, '');
  const keys = settings.flatMap(({ key }) => {
    const names = key.split('.');
    return names.map((_, index) => names.slice(0, index + 1).join('.'));
  });
  const byKey = new Map(settings.map((setting) => [setting.key, setting]));
  return { root, byKey, knownKeys: [...new Set(keys)], otherKey };
}

function settingsUnder(section: Section, prefix: string): KeyedSetting[] {
  return Object.entries(section).flatMap(([name, node]) =>
    isSetting(node) ? Object.assign({ key: prefix + name }, node) : settingsUnder(node, `${prefix}${name}.`),
  );
}

export function isSetting(node: Setting | Section): node is Setting {
  return 'default' in node;
}

/** The variables that may set it, in falling precedence. */
export function variablesOf({ env = [] }: Setting): readonly string[] {
  return typeof env === 'string' ? [env] : env;
}

/** The default as it would be written; empty where nothing is set. */
export function defaultText({ default: value }: Setting): string {
  return typeof value === 'object' || value === undefined ? '' : String(value);
}

/** The key of a setting in the same section. */
export function besideOf(key: string, name: string): string {
  return key.slice(0, key.lastIndexOf('.') + 1) + name;
}

/** What loaded settings hold under a key. */
export function valueAt(settings: object, key: string): unknown {
  return key.split('.').reduce<unknown>((node, name) => (node as Readonly<Record<string, unknown>>)[name], settings);
}
