import { checks } from './checks.ts';
import { readCommandLine } from './command-line.ts';
import { type SettingsBuilder, applyImplied, applyLayer, complain, describe, newDraft } from './draft.ts';
import { readEnvironment } from './environment.ts';
import { readConfigFile } from './yaml-file.ts';
import { impliedSettings } from './implied.ts';
import { impliedOtlp } from './implied-otlp.ts';
import type { Origin } from './layers.ts';
import { type Settings, settingsByKey } from './schema.ts';
import { type Users, userOf } from './users.ts';
import { readWebConfig } from './web-config.ts';

export type { Origin } from './layers.ts';
export type { Settings } from './schema.ts';
export type { Secret, Users } from './users.ts';

export interface LoadedSettings {
  readonly settings: Settings;
  /** Of every key, such as `server.port`. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** Who may come in. */
  readonly users: Users;
  /** Headers for every answer. */
  readonly headers: ReadonlyMap<string, string>;
  /** What was read to put this together, for whoever wants to know when it changes. */
  readonly files: readonly string[];
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
  const { users, headers, files } = applyWebConfig(draft);
  if (draft.problems.length > 0) throw new SettingsError(draft.problems);
  const settings = draft.configuration.getProperties();
  return {
    settings,
    users: new Map([...userOf(settings.server.auth), ...users]),
    headers,
    files: [configFile ?? '', settings.server.auth.password_file, ...files].filter((file) => file !== ''),
    origins: draft.origins,
    warnings: warningsOf(draft),
  };
}

/** Takes over what the file of --web.config.file says; its TLS is that of server.tls. */
function applyWebConfig(draft: SettingsBuilder): Pick<LoadedSettings, 'users' | 'headers' | 'files'> {
  const key = 'web.config.file';
  const { file } = draft.configuration.getProperties().web.config;
  if (file === '' || draft.refused.has(key)) return { users: new Map(), headers: new Map(), files: [] };
  const { tls, users, headers, problems } = readWebConfig(file);
  draft.problems.push(...problems);
  if (tls !== undefined) {
    for (const [name, value] of Object.entries({ enabled: true, ...tls })) {
      applyImplied(draft, { key: `server.tls.${name}`, value, from: key });
    }
    applyChecks(
      draft,
      checks.filter(({ keys: [first] }) => first.startsWith('server.tls.')),
    );
  }
  const secrets = [...users].map(([user, hash]) => [user, { kind: 'hash', hash }] as const);
  return { users: new Map(secrets), headers, files: [file] };
}

function applyChecks(draft: SettingsBuilder, these = checks): void {
  const settings = draft.configuration.getProperties();
  const meaningful = these.filter(({ keys }) => !keys.some((key) => draft.refused.has(key)));
  for (const { keys, fault } of meaningful) {
    const reason = fault(settings);
    if (reason !== undefined) complain(draft, keys[0], reason);
  }
}

function warningsOf(draft: SettingsBuilder): string[] {
  return [...settingsByKey.values()]
    .filter(({ key, obsolete }) => obsolete && draft.origins.get(key) !== 'default')
    .map(({ key }) => describe(draft, key, 'has no effect'));
}
