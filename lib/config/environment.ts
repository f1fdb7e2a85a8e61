import { formatOf } from './formats.ts';
import { type Layer, pairsIn } from './layers.ts';
import { settingsByKey } from './schema.ts';

/** The settings that variables give. An empty variable counts as unset, as Compose leaves it. */
export function readEnvironment(env: NodeJS.ProcessEnv): Layer {
  const entries = [...settingsByKey.values()].flatMap(({ key, format, env: name }) => {
    const text = name === undefined ? '' : (env[name] ?? '');
    if (text === '') return [];
    const where = `environment ${name}`;
    return [{ key, pieces: formatOf(format).shape === 'map' ? pairsIn(text, where) : [{ text, where }] }];
  });
  return { origin: 'environment', entries, problems: [] };
}
