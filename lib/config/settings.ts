import { checks } from './checks.ts';
import { readCommandLine } from './command-line.ts';
import { type Draft, applyImplied, applyLayer, complain, describe, newDraft } from './draft.ts';
import { readEnvironment } from './environment.ts';
import { readConfigFile } from './yaml-file.ts';
import { impliedSettings } from './implied.ts';
import { impliedOtlp } from './implied-otlp.ts';
import type { Origin } from './layers.ts';
import { type Settings, settingsByKey } from './schema.ts';

export type { Origin } from './layers.ts';
export type { Settings } from './schema.ts';

export interface LoadedSettings {
  readonly settings: Settings;
  /** Of every key, such as `server.port`. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** One line each. */
  readonly warnings: readonly string[];
}

/** Settings that the agent can't run with. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  /** One line each: key, value unless it is secret, where it came from, what is allowed. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Puts the settings together: defaults, then the file of `--config`, then variables, then flags.
 * `args` is what stands behind the program's name. Throws a SettingsError with every problem of every source at once.
 */
export function loadSettings(input: { args: readonly string[]; env: NodeJS.ProcessEnv }): LoadedSettings {
  const { configFile, flags } = readCommandLine(input.args);
  const layers = [...(configFile === undefined ? [] : [readConfigFile(configFile)]), readEnvironment(input.env), flags];
  const draft = newDraft();
  for (const layer of layers) applyLayer(draft, layer);
  const given = draft.configuration.getProperties();
  const implied = [...impliedSettings(given, draft.origins), ...impliedOtlp(given, draft.origins)];
  for (const setting of implied) applyImplied(draft, setting);
  // Nobody knows what settings have to do with each other while some of them could not be read.
  if (!layers.some(({ unreadable }) => unreadable)) applyChecks(draft);
  if (draft.problems.length > 0) throw new SettingsError(draft.problems);
  return { settings: draft.configuration.getProperties(), origins: draft.origins, warnings: warningsOf(draft) };
}

function applyChecks(draft: Draft): void {
  const settings = draft.configuration.getProperties();
  const meaningful = checks.filter(({ keys }) => !keys.some((key) => draft.refused.has(key)));
  for (const { keys, fault } of meaningful) {
    const reason = fault(settings);
    if (reason !== undefined) complain(draft, keys[0], reason);
  }
}

function warningsOf(draft: Draft): string[] {
  return [...settingsByKey.values()]
    .filter(({ key, obsolete }) => obsolete && draft.origins.get(key) !== 'default')
    .map(({ key }) => describe(draft, key, 'has no effect'));
}
