import { readFileSync } from 'node:fs';
import { type Node, isMap, isScalar, parseDocument } from 'yaml';

/** One value of the chart. */
export interface ChartValue {
  /** `docker.host`. */
  readonly key: string;
  readonly fallback: unknown;
  readonly doc: string;
}

const file = new URL('../charts/docker-stats-exporter/values.yaml', import.meta.url);

/** Every value with the comment above it. A map without a comment is a section; any other key has to have one. */
export function chartValues(): ChartValue[] {
  return valuesUnder(parseDocument(readFileSync(file, 'utf8')).contents, '');
}

function valuesUnder(node: Node | null, prefix: string): ChartValue[] {
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }, index) => {
    if (!isScalar(key)) throw new Error('a key of values.yaml is no text');
    const name = `${prefix}${String(key.value)}`;
    // The parser takes what stands above the first key of a map for a comment on the map.
    const comment = key.commentBefore ?? (index === 0 ? node.commentBefore : undefined);
    const doc = comment?.split('\n').at(-1)?.trim() ?? '';
    if (doc !== '') return [{ key: name, fallback: (value as Node).toJSON() as unknown, doc }];
    if (!isMap(value)) throw new Error(`${name} has no comment`);
    return valuesUnder(value, `${name}.`);
  });
}

/** What fits into a cell; the rest is in the file. */
function shownDefault(fallback: unknown): string {
  const text = typeof fallback === 'string' ? fallback : JSON.stringify(fallback);
  if (text.length > 64) return '[values.yaml](values.yaml)';
  return text === '' ? '' : `\`${text}\``;
}

/** The table of the chart's README. */
export function chartValuesTable(): string {
  const rows = chartValues().map(
    ({ key, fallback, doc }) =>
      [`\`${key}\``, shownDefault(fallback), doc].map((cell) => `| ${cell.replaceAll('|', '\\|')} `).join('') + '|',
  );
  return ['| Key | Default | Description |', '| --- | --- | --- |', ...rows].join('\n');
}
