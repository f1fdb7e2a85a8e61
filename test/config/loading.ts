import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadedSettings, SettingsError, loadSettings } from '../../lib/config/settings.ts';

export interface Sources {
  readonly yaml?: string | Buffer;
  readonly env?: Record<string, string>;
  readonly args?: readonly string[];
}

/** Loads settings as the program does; the YAML text is a file `config.yaml` of its own. */
export function load({ yaml, env = {}, args = [] }: Sources): LoadedSettings {
  // Not the sockets that this machine happens to have.
  const isSocket = (): boolean => false;
  if (yaml === undefined) return loadSettings({ args, env, isSocket });
  return withFile('config.yaml', yaml, (file) => loadSettings({ args: ['--config', file, ...args], env, isSocket }));
}

/** The problems that keep the settings from being loaded, files without their folders. */
export function problemsOf(sources: Sources): readonly string[] {
  try {
    load(sources);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map((problem) => problem.replaceAll(/[^\s"(]*config\.yaml/g, 'config.yaml'));
  }
}

/** Makes a file for the time of a call. */
export function withFile<Result>(name: string, content: string | Buffer, use: (file: string) => Result): Result {
  return withFolder((folder) => {
    writeFileSync(join(folder, name), content);
    return use(join(folder, name));
  });
}

export function withFolder<Result>(use: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'settings-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
