import convict from 'convict';
import { type Format, formats } from './formats.ts';
import { collection } from './sections/collection.ts';
import { docker } from './sections/docker.ts';
import { logging } from './sections/logging.ts';
import { metrics } from './sections/metrics.ts';
import { otlp } from './sections/otlp.ts';
import { performance } from './sections/performance.ts';
import { server } from './sections/server.ts';
import { web } from './sections/web.ts';
import { type Section, type Setting, type ValuesOf, isSetting } from './setting.ts';

/** Every setting. The YAML file, the variables, the flags, --help, config/README.md and the example file all come from here. */
export const schema = {
  server,
  docker,
  collection,
  metrics,
  otlp,
  logging,
  performance,
  web,
} as const satisfies Section;

/**
 * What the agent runs with. Keys as in the YAML file; durations in milliseconds, patterns compiled; a text that is not
 * set is empty.
 */
export type Settings = ValuesOf<typeof schema>;

export interface KeyedSetting extends Setting {
  /** All names down to the setting: `server.port`. */
  readonly key: string;
}

/** The schema as a flat table, in its own order. */
export const settingsByKey: ReadonlyMap<string, KeyedSetting> = new Map(
  settingsUnder(schema, '').map((setting) => [setting.key, setting]),
);

/** Every key that is a setting or a section of them. */
export const knownKeys: readonly string[] = [
  ...new Set(
    [...settingsByKey.keys()].flatMap((key) => {
      const names = key.split('.');
      return names.map((_, index) => names.slice(0, index + 1).join('.'));
    }),
  ),
];

function settingsUnder(section: Section, prefix: string): KeyedSetting[] {
  return Object.entries(section).flatMap(([name, node]) =>
    isSetting(node) ? Object.assign({ key: prefix + name }, node) : settingsUnder(node, `${prefix}${name}.`),
  );
}

/** Registered with convict for its defaults and its validation. */
for (const [name, { parse, validate = () => {} }] of Object.entries<Format<unknown>>(formats)) {
  convict.addFormat({ name, validate, coerce: (text: string) => parse(text, 'default') });
}

export type Configuration = convict.Config<Settings>;

/** A configuration that holds the defaults. It looks at no variables and no flags: convict would not say which it took. */
export function defaultConfiguration(): Configuration {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- convict's types know its own formats only
  return convict(schema as object as convict.Schema<Settings>, { env: {}, args: [] });
}
