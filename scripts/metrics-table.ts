import { catalogue, semconvOnly } from '../lib/metrics/catalogue.ts';

/** The catalogue as a Markdown table. */
export function metricsTable(): string {
  const rows = catalogue.flatMap(({ labels, metrics }) =>
    metrics.map(
      ({ name, kind, help }) =>
        `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
    ),
  );
  return ['| Metric | Type | Labels | Description |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** What the catalogue is called when it is pushed, as a Markdown table; a line for each instrument. */
export function otelTable(): string {
  const pushed = [...catalogue.flatMap(({ metrics }) => metrics), ...semconvOnly.flatMap(({ metrics }) => metrics)];
  const rows = [...Map.groupBy(pushed, ({ otel }) => otel.name)].map(([name, metrics]) => {
    const [first] = metrics;
    const fixed = [...new Set(metrics.flatMap(({ otel }) => Object.keys(otel.attributes)))];
    const sources = metrics.filter((metric) => catalogue.some((group) => group.metrics.includes(metric)));
    const cells = [
      [name],
      [first?.otel.instrument ?? ''],
      [first?.unit ?? ''],
      fixed,
      sources.map((metric) => metric.name),
    ];
    return `| ${cells.map((cell) => cell.map((text) => `\`${text}\``).join(', ')).join(' | ')} |`;
  });
  const head = ['| Metric | Instrument | Unit | Attributes | On /metrics |', '| --- | --- | --- | --- | --- |'];
  return [...head, ...rows].join('\n');
}
