import { messageOf } from '../error-message.ts';
import {
  type SettingsBuilder,
  addProblem,
  applyChecks,
  applyDerived,
  applyLayer,
  createBuilder,
  settingLine,
} from './builder.ts';
import { checksWith } from './checks.ts';
import { readCommandLine } from './command-line.ts';
import { derivedSettings } from './derived.ts';
import { readTextFile } from './files.ts';
import { formatOf } from './formats.ts';
import { readEnvironment } from './layers.ts';
import { findLocalEngine } from './local-engine.ts';
import type { Origin } from './origin.ts';
import { type Settings, settingsByKey, settingsTable } from './schema.ts';
import { readWebConfig } from './web-config.ts';
import { readYamlFile } from './yaml.ts';

export type { Origin } from './origin.ts';
export type { Settings } from './schema.ts';

/** What a user has to know. */
export type Secret =
  { readonly kind: 'password'; readonly password: string } | { readonly kind: 'hash'; readonly hash: string };

/** Who has access, by user name; where it is empty, everybody has. */
export type Users = ReadonlyMap<string, Secret>;

export interface LoadedSettings {
  readonly settings: Settings;
  /** Of every key, such as `server.port`. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly users: Users;
  /** Headers for every response. */
  readonly headers: ReadonlyMap<string, string>;
  /** The files that were read; a change of one may change the settings. */
  readonly files: readonly string[];
  /** One line each. */
  readonly warnings: readonly string[];
  /** What was found out, where nobody said it; one line each. */
  readonly notes: readonly string[];
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

export interface SettingsInput {
  /** What stands behind the program's name. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Labels that the metrics have themselves, which no global label may be. */
  readonly metricLabels?: ReadonlySet<string>;
  /** Whether there is a socket of that path. */
  readonly isSocket?: (path: string) => boolean;
}

type Builder = SettingsBuilder<Settings>;

/**
 * Puts the settings together: defaults, then the file of `--config`, then variables, then flags.
 * Throws a SettingsError with every problem of every source at once.
 */
export function loadSettings({ args, env, metricLabels = new Set(), isSocket }: SettingsInput): LoadedSettings {
  const { configFile, flags } = readCommandLine(args);
  const fromFile = configFile === undefined ? [] : [readYamlFile(configFile, 'flag --config', settingsTable)];
  const layers = [...fromFile, readEnvironment(env, settingsTable), flags];
  const builder = createBuilder<Settings>(settingsTable);
  for (const layer of layers) applyLayer(builder, layer);
  const notes = applyLocalEngine(builder, env, isSocket);
  for (const derived of derivedSettings(builder.configuration.getProperties(), builder.origins)) {
    applyDerived(builder, derived);
  }
  const web = applyWebConfig(builder);
  // What settings have to do with each other is unknown while some of them could not be read.
  if (!layers.some(({ unreadable }) => unreadable)) applyChecks(builder, checksWith(metricLabels));
  const user = readUser(builder);
  if (builder.problems.length > 0) throw new SettingsError(builder.problems);
  const settings = builder.configuration.getProperties();
  return {
    settings,
    users: new Map([...user, ...web.users]),
    headers: web.headers,
    files: [configFile ?? '', settings.server.auth.password_file, ...web.files].filter((file) => file !== ''),
    origins: builder.origins,
    warnings: warningsOf(builder),
    notes,
  };
}

/** An address that was written anywhere, or was meant to be, is final. Returns a line about what was found. */
function applyLocalEngine(builder: Builder, env: NodeJS.ProcessEnv, isSocket?: (path: string) => boolean): string[] {
  const key = 'docker.host';
  if (builder.origins.get(key) !== 'default' || builder.refused.has(key)) return [];
  const engine = findLocalEngine(env, isSocket);
  if (engine === undefined) return [];
  applyDerived(builder, { key, value: engine.host, from: key });
  return [`${key} is not set: using ${engine.host} (${engine.owner})`];
}

/** Takes over what the file of --web.config.file says; its TLS is that of server.tls. */
function applyWebConfig(builder: Builder): Pick<LoadedSettings, 'users' | 'headers' | 'files'> {
  const key = 'web.config.file';
  const { web, server } = builder.configuration.getProperties();
  const { file } = web.config;
  if (file === '') return { users: new Map(), headers: new Map(), files: [] };
  if (server.auth.enabled || server.tls.enabled) {
    addProblem(builder, key, 'cannot be combined with server.auth.enabled or server.tls.enabled');
  }
  const { tls, users, headers, problems } = readWebConfig(file, builder.written.get(key)?.where ?? key);
  for (const problem of problems) builder.problems.push(problem);
  for (const [name, value] of Object.entries(tls === undefined ? {} : { enabled: true, ...tls })) {
    applyDerived(builder, { key: `server.tls.${name}`, value, from: key });
  }
  const secrets = [...users].map(([user, hash]) => [user, { kind: 'hash', hash }] as const);
  return { users: new Map(secrets), headers, files: [file] };
}

/** The user of server.auth. A password file that can't be read or is empty is a problem. */
function readUser(builder: Builder): Users {
  const { enabled, username, password, password_hash, password_file } =
    builder.configuration.getProperties().server.auth;
  const key = 'server.auth.password_file';
  if (!enabled || builder.refused.has('server.auth.enabled') || builder.refused.has(key)) return new Map();
  if (password_hash !== '') return new Map([[username, { kind: 'hash', hash: password_hash }]]);
  if (password_file === '') return new Map([[username, { kind: 'password', password }]]);
  try {
    return new Map([[username, { kind: 'password', password: passwordIn(password_file) }]]);
  } catch (error) {
    addProblem(builder, key, `must be a file that holds a password: ${messageOf(error)}`);
    return new Map();
  }
}

/** Editors and `echo` end the line, which is not part of the password. */
function passwordIn(file: string): string {
  const password = readTextFile(file).replace(/\r?\n$/, '');
  if (password === '') throw new Error('is empty');
  return password;
}

/** What was set to no effect, or is taken for something else. */
function warningsOf(builder: Builder): string[] {
  return [...settingsByKey.values()].flatMap(({ key, obsolete, format }) => {
    const text = builder.written.get(key)?.text;
    if (text === undefined) return [];
    const warning = obsolete ? 'has no effect' : formatOf(format).warning?.(text);
    return warning === undefined ? [] : [settingLine(builder, key, warning)];
  });
}
