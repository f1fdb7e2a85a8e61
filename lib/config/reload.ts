import { isDeepStrictEqual } from 'node:util';
import { settingsByKey } from './schema.ts';
import { type LoadedSettings, SettingsError } from './settings.ts';
import type { Logger } from '../logging.ts';
import { watchFiles } from './watch-files.ts';

/** How the last reading of the settings went. */
export interface ReloadFacts {
  readonly successful: boolean;
  /** Unix seconds of the last one that succeeded. */
  readonly succeededAt: number;
}

export interface ReloadingOptions {
  /** What the agent runs with. */
  readonly loaded: LoadedSettings;
  /** Reads the settings anew. Throws a SettingsError when they are no good. */
  readonly load: () => LoadedSettings;
  /** Takes over what can be changed while running. */
  readonly apply: (loaded: LoadedSettings) => void;
  readonly logger: Logger;
  /** Milliseconds between two looks at the files. */
  readonly interval: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface Reloading {
  /** Reads the settings now. */
  reload(): void;
  facts(): ReloadFacts;
  stop(): void;
}

/** What can be changed while running: a key, or a section. */
const changeable = [
  'collection.filters',
  'logging.level',
  'metrics.global_labels',
  'metrics.namespace',
  'metrics.process',
  'server.auth',
  'server.max_scrapes',
];

/** Reads the settings anew when told to, or when one of their files changes. Settings that are no good change nothing. */
export function startReload({ loaded, load, apply, logger, interval, now }: ReloadingOptions): Reloading {
  let facts: ReloadFacts = { successful: true, succeededAt: now() / 1000 };

  const refuse = (problems: readonly string[]): void => {
    facts = { ...facts, successful: false };
    for (const problem of problems) logger.error('invalid settings, keeping the current ones', { problem });
  };
  const reload = (): void => {
    let next: LoadedSettings;
    try {
      next = load();
    } catch (error) {
      refuse(error instanceof SettingsError ? error.problems : [String(error)]);
      return;
    }
    apply(next);
    facts = { successful: true, succeededAt: now() / 1000 };
    logger.info('settings reloaded');
    for (const warning of next.warnings) logger.warn(warning);
    const fixed = changedKeys(loaded, next).filter((key) => !changeable.some((name) => isWithin(key, name)));
    if (fixed.length > 0) logger.warn('some changed settings take effect only after a restart', { keys: fixed });
    if (isDeepStrictEqual(next.files, files)) return;
    stopWatching();
    files = next.files;
    stopWatching = watchFiles(files, interval, reload);
  };
  let { files } = loaded;
  let stopWatching = watchFiles(files, interval, reload);
  return { reload, facts: () => facts, stop: () => stopWatching() };
}

function isWithin(key: string, name: string): boolean {
  return key === name || key.startsWith(`${name}.`);
}

function changedKeys(before: LoadedSettings, after: LoadedSettings): string[] {
  return [...settingsByKey.keys()].filter((key) => !isDeepStrictEqual(valueOf(before, key), valueOf(after, key)));
}

function valueOf({ settings }: LoadedSettings, key: string): unknown {
  return key.split('.').reduce<unknown>((node, name) => (node as Readonly<Record<string, unknown>>)[name], settings);
}
