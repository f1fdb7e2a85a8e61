import { messageOf } from '../error-message.ts';
import type { DerivedSetting } from './implied.ts';
import { formatOf } from './formats.ts';
import type { Entry, Layer, Origin, Piece } from './layers.ts';
import { problemLine } from './problems.ts';
import { type Configuration, defaultConfiguration, settingsByKey } from './schema.ts';
import { defaultText } from './setting.ts';

/** The settings while they are being put together, one layer over the other. */
export interface SettingsBuilder {
  readonly configuration: Configuration;
  readonly origins: Map<string, Origin>;
  /** What was written for a setting, last piece only; nothing for a default. */
  readonly written: Map<string, Piece>;
  /** Keys that some layer gave a value that is not allowed. */
  readonly refused: Set<string>;
  readonly problems: string[];
}

/** A draft that holds the defaults. */
export function newDraft(): SettingsBuilder {
  return {
    configuration: defaultConfiguration(),
    origins: new Map([...settingsByKey.keys()].map((key) => [key, 'default'])),
    written: new Map(),
    refused: new Set(),
    problems: [],
  };
}

/** Lays what one source says over the draft; what is not allowed becomes a problem and leaves the setting at its default. */
export function applyLayer(draft: SettingsBuilder, layer: Layer): void {
  for (const problem of layer.problems) draft.problems.push(problem);
  for (const entry of layer.entries) {
    const before = draft.problems.length;
    const value = readEntry(draft, entry, layer.origin);
    if (draft.problems.length > before) {
      draft.refused.add(entry.key);
      continue;
    }
    draft.configuration.set(entry.key, value);
    draft.origins.set(entry.key, layer.origin);
    const last = entry.pieces.at(-1);
    if (last !== undefined) draft.written.set(entry.key, last);
  }
  for (const [key, reason] of violations(draft.configuration)) {
    complain(draft, key, reason);
    draft.configuration.set(key, settingsByKey.get(key)?.default);
  }
}

export function applyImplied(draft: SettingsBuilder, { key, value, from }: DerivedSetting): void {
  draft.configuration.set(key, value);
  draft.origins.set(key, draft.origins.get(from) ?? 'default');
  draft.written.set(key, { text: String(value), where: draft.written.get(from)?.where ?? 'default' });
}

/** Adds a problem of the value that a setting has. */
export function complain(draft: SettingsBuilder, key: string, reason: string): void {
  draft.refused.add(key);
  draft.problems.push(describe(draft, key, reason));
}

/** One line about the value that a setting has. */
export function describe({ written }: SettingsBuilder, key: string, reason: string): string {
  const setting = settingsByKey.get(key);
  const isScalar = setting !== undefined && formatOf(setting.format).shape === 'scalar';
  const { text, where } = written.get(key) ?? { text: setting && defaultText(setting), where: 'default' };
  return problemLine({ key, text: isScalar ? text : undefined, where, reason });
}

function readEntry(draft: SettingsBuilder, { key, pieces }: Entry, origin: Origin): unknown {
  const { shape, parse } = formatOf(settingsByKey.get(key)?.format ?? 'text');
  const items = pieces.map((piece) => {
    try {
      if (shape === 'map' && piece.name === undefined) throw new Error('must be NAME=VALUE pairs with commas between');
      return [piece.name, parse(piece.text, origin)] as const;
    } catch (error) {
      const reason = messageOf(error);
      draft.problems.push(problemLine({ key, text: piece.text, where: piece.where, reason }));
      return [undefined, undefined] as const;
    }
  });
  if (shape === 'map') return new Map(items);
  const values = items.map(([, value]) => value);
  return shape === 'list' ? values : values[0];
}

/** What convict's validation says, which is one text with a line `key: reason: value was …` for each. */
function violations(configuration: Configuration): [key: string, reason: string][] {
  try {
    configuration.validate({ allowed: 'strict' });
    return [];
  } catch (error) {
    const text = messageOf(error);
    return text.split('\n').map((line) => {
      const [, key = '', reason = line] = /^([\w.]+): (.*?)(?:: value was .*)?$/.exec(line) ?? [];
      return [key, reason];
    });
  }
}
