import { catalogue } from '../../lib/metrics/catalogue.ts';

/** The catalogue as a Markdown table. */
export function metricsTable(): string {
  const rows = catalogue.flatMap(({ labels, metrics }) =>
    metrics.map(
      ({ name, kind, help }) =>
        `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
    ),
  );
  return ['| Metric | Type | Labels | What it is |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
