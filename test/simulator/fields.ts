/**
 * The paths of all fields in a JSON value, sorted and each once, such as `.State.Status`. Lists end a path, and what
 * is keyed by names (networks, labels) counts as one field `*`.
 */
export function fieldsOf(value: unknown): string[] {
  return [...new Set(collect(value, ''))].toSorted();
}

function collect(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  const named = /\.(Networks|Labels|networks)$/.test(path);
  return Object.entries(value).flatMap(([key, item]) => collect(item, `${path}.${named ? '*' : key}`));
}
