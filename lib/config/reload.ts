import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../logging.ts';
import { watchFiles } from './files.ts';
import { settingsByKey } from './schema.ts';
import { valueAt } from './setting.ts';
import { type LoadedSettings, SettingsError } from './settings.ts';

/** How the last reload of the settings went. */
export interface ReloadFacts {
  readonly successful: boolean;
  /** Unix seconds of the last one that succeeded. */
  readonly succeededAt: number;
}

export interface ReloadingOptions {
  /** What the agent runs with. */
  readonly loaded: LoadedSettings;
  /** Throws a SettingsError when the settings are invalid. */
  readonly load: () => LoadedSettings;
  /** Applies what is reloadable. */
  readonly apply: (loaded: LoadedSettings) => void;
  readonly logger: Log;
  /** Between two polls of the files. */
  readonly intervalMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface Reloading {
  /** Reloads the settings now. */
  reload(): void;
  facts(): ReloadFacts;
  stop(): void;
}

/** Reloads the settings on request, and when one of their files changes. Invalid settings change nothing. */
export function startReload({ loaded, load, apply, logger, intervalMs, now }: ReloadingOptions): Reloading {
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
    const keys = unappliedChanges(loaded, next);
    if (keys.length > 0) logger.warn('some changed settings take effect only after a restart', { keys });
    if (isDeepStrictEqual(next.files, files)) return;
    stopWatching();
    files = next.files;
    stopWatching = watchFiles(files, intervalMs, reload);
  };
  let { files } = loaded;
  let stopWatching = watchFiles(files, intervalMs, reload);
  return { reload, facts: () => facts, stop: () => stopWatching() };
}

/** Keys of what changed and is not reloadable. */
function unappliedChanges(before: LoadedSettings, after: LoadedSettings): string[] {
  return [...settingsByKey.values()]
    .filter(({ reloadable }) => !reloadable)
    .map(({ key }) => key)
    .filter((key) => !isDeepStrictEqual(valueAt(before.settings, key), valueAt(after.settings, key)));
}
