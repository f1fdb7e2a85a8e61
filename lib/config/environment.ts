import { formatOf } from './formats.ts';
import { type Layer, pairsIn } from './layers.ts';
import { settingsByKey } from './schema.ts';
import { variablesOf } from './setting.ts';

/** The settings that variables give. An empty variable counts as unset, as Compose leaves it. */
export function readEnvironment(env: NodeJS.ProcessEnv): Layer {
  const entries = [...settingsByKey.values()].flatMap((setting) => {
    const { key, format } = setting;
    const name = variablesOf(setting).find((variable) => (env[variable] ?? '') !== '');
    if (name === undefined) return [];
    const text = env[name] ?? '';
    const where = `environment ${name}`;
    return [{ key, pieces: formatOf(format).shape === 'map' ? pairsIn(text, where) : [{ text, where }] }];
  });
  return { origin: 'environment', entries, problems: [] };
}
