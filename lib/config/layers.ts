import { formatOf } from './formats.ts';
import type { Origin } from './origin.ts';
import { type SettingsTable, variablesOf } from './setting.ts';

/** One text as it was written: a value, an item of a list, or one pair of a map. */
export interface Piece {
  readonly text: string;
  /** For people: `config.yaml:12`, `environment DOCKER_HOST`, `flag --docker.host`. */
  readonly where: string;
  /** The name of the pair, in a map. */
  readonly name?: string | undefined;
}

/** What one source says about one setting: one piece, or any number of them for a list or a map. */
export interface Entry {
  readonly key: string;
  readonly pieces: readonly Piece[];
}

/** Everything one source says, still as text, and what is wrong with the way it says it. */
export interface Layer {
  readonly origin: Origin;
  readonly entries: readonly Entry[];
  readonly problems: readonly string[];
  /** The source could not be read at all, so what it would have set is unknown. */
  readonly unreadable?: boolean;
}

/** The settings that variables give. An empty variable counts as unset, as Compose leaves it. */
export function readEnvironment(env: NodeJS.ProcessEnv, { byKey }: SettingsTable): Layer {
  const entries = [...byKey.values()].flatMap((setting) => {
    const { key, format } = setting;
    const name = variablesOf(setting).find((variable) => (env[variable] ?? '') !== '');
    if (name === undefined) return [];
    const text = env[name] ?? '';
    const where = `environment ${name}`;
    return [{ key, pieces: formatOf(format).shape === 'map' ? pairsIn(text, where) : [{ text, where }] }];
  });
  return { origin: 'environment', entries, problems: [] };
}

/** Cuts `a=b,c=d` of a variable or a flag into the pairs of a map; a part without `=` has no name. */
export function pairsIn(text: string, where: string): readonly Piece[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      if (equals === -1) return { text: part, where };
      return { name: part.slice(0, equals).trim(), text: part.slice(equals + 1).trim(), where };
    });
}
