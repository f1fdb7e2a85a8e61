import convict from 'convict';
import { messageOf } from '../error-message.ts';
import type { Check } from './checks.ts';
import type { DerivedSetting } from './derived.ts';
import { type Format, formatOf, formats } from './formats.ts';
import type { Entry, Layer, Piece } from './layers.ts';
import type { Origin } from './origin.ts';
import { problemLine } from './problems.ts';
import { type SettingsTable, defaultText } from './setting.ts';

/*
 * Convict holds the schema, the defaults, the formats and the values, and validates them. Added here, since convict
 * has none of it:
 * - where each value came from, which decides what follows from it (convict's `env` and `args` set a value without
 *   saying so, know one variable a setting, and take an empty one for a value);
 * - the file and line, variable or flag in each problem;
 * - all problems at once (convict throws at the first text that it can't coerce);
 * - secrets, and values of unknown keys, kept out of problems (convict prints the value).
 */

/** Settings of type `Values` while they are being put together, one layer over the other. */
export interface SettingsBuilder<Values = object> {
  readonly table: SettingsTable;
  readonly configuration: Configuration<Values>;
  readonly origins: Map<string, Origin>;
  /** What was written for a setting, last piece only; nothing for a default. */
  readonly written: Map<string, Piece>;
  /** Keys that some layer gave a value that is not allowed. */
  readonly refused: Set<string>;
  readonly problems: string[];
}

/** What is used of convict's configuration. */
interface Configuration<Values> {
  getProperties(): Values;
  set(key: string, value: unknown): void;
  validate(options: convict.ValidateOptions): void;
}

for (const [name, { parse, validate = () => {} }] of Object.entries<Format<unknown>>(formats)) {
  convict.addFormat({ name, validate, coerce: (text: string) => parse(text, 'default') });
}

/** Holds the defaults of a table. */
export function createBuilder<Values>(table: SettingsTable): SettingsBuilder<Values> {
  return {
    table,
    // Convict's types know neither our formats nor what they make of a value.
    configuration: convict<object>(table.root, { env: {}, args: [] }) as object as Configuration<Values>,
    origins: new Map([...table.byKey.keys()].map((key) => [key, 'default'])),
    written: new Map(),
    refused: new Set(),
    problems: [],
  };
}

/** Lays what one source says over the rest; what is not allowed becomes a problem and leaves the setting at its default. */
export function applyLayer(builder: SettingsBuilder, { origin, entries, problems }: Layer): void {
  const { table, configuration, origins, written, refused } = builder;
  // Not by spreading: there may be more of them than a call may have arguments.
  for (const problem of problems) builder.problems.push(problem);
  for (const entry of entries) {
    const before = builder.problems.length;
    const value = readEntry(builder, entry, origin);
    if (builder.problems.length > before) {
      refused.add(entry.key);
      continue;
    }
    configuration.set(entry.key, value);
    origins.set(entry.key, origin);
    const last = entry.pieces.at(-1);
    if (last !== undefined) written.set(entry.key, last);
  }
  for (const [key, reason] of violations(configuration)) {
    addProblem(builder, key, reason);
    configuration.set(key, table.byKey.get(key)?.default);
  }
}

export function applyDerived({ configuration, origins, written }: SettingsBuilder, derived: DerivedSetting): void {
  const { key, value, from } = derived;
  configuration.set(key, value);
  origins.set(key, origins.get(from) ?? 'default');
  written.set(key, { text: String(value), where: written.get(from)?.where ?? 'default' });
}

/** Runs the checks whose settings are all right by themselves. */
export function applyChecks<Values>(builder: SettingsBuilder<Values>, checks: readonly Check<Values>[]): void {
  const settings = builder.configuration.getProperties();
  const relevant = checks.filter(({ keys }) => !keys.some((key) => builder.refused.has(key)));
  for (const { keys, fault } of relevant) {
    const reason = fault(settings);
    if (reason !== undefined) addProblem(builder, keys[0], reason);
  }
}

/** Adds a problem of the value that a setting has. */
export function addProblem(builder: SettingsBuilder<unknown>, key: string, reason: string): void {
  builder.refused.add(key);
  builder.problems.push(settingLine(builder, key, reason));
}

/** One line about the value that a setting has. */
export function settingLine({ table, written }: SettingsBuilder<unknown>, key: string, reason: string): string {
  const setting = table.byKey.get(key);
  const isScalar = setting !== undefined && formatOf(setting.format).shape === 'scalar';
  const { text, where } = written.get(key) ?? { text: setting && defaultText(setting), where: 'default' };
  return problemLine({ key, setting, text: isScalar ? text : undefined, where, reason });
}

function readEntry({ table, problems }: SettingsBuilder, { key, pieces }: Entry, origin: Origin): unknown {
  const setting = table.byKey.get(key);
  const { shape, parse } = formatOf(setting?.format ?? 'text');
  const items = pieces.map(({ name, text, where }) => {
    try {
      if (shape === 'map' && name === undefined) throw new Error('must be NAME=VALUE pairs with commas between');
      return [name, parse(text, origin)] as const;
    } catch (error) {
      // The name of a pair is printed only as a file has it: elsewhere it may be a part of a value that was cut wrongly.
      const keyOfItem = origin === 'file' && name !== undefined ? `${key}.${name}` : key;
      problems.push(problemLine({ key: keyOfItem, setting, text, where, reason: messageOf(error) }));
      return [undefined, undefined] as const;
    }
  });
  if (shape === 'map') return new Map(items);
  const values = items.map(([, value]) => value);
  return shape === 'list' ? values : values[0];
}

/** What convict's validation says, which is one text with a line `key: reason: value was …` for each. */
function violations(configuration: Configuration<unknown>): [key: string, reason: string][] {
  try {
    configuration.validate({ allowed: 'strict' });
    return [];
  } catch (error) {
    const text = messageOf(error);
    return text.split('\n').map((line) => {
      const [, key = '', reason = line] = /^([\w.-]+): (.*?)(?:: value was .*)?$/.exec(line) ?? [];
      return [key, reason];
    });
  }
}
