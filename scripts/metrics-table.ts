import * as semconv from '@opentelemetry/semantic-conventions/incubating';
import { catalogue, semconvCatalogue } from '../lib/metrics/catalogue.ts';

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
  const pushed = semconvCatalogue.flatMap(({ metrics }) => metrics);
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

/** Why a metric of the conventions is not pushed. */
const notPushed: Readonly<Record<string, string>> = {
  [semconv.METRIC_CONTAINER_CPU_USAGE]: 'no: the rate of `container.cpu.time`, left to the reader',
  [semconv.METRIC_CONTAINER_FILESYSTEM_AVAILABLE]: 'no: the API does not report it',
  [semconv.METRIC_CONTAINER_FILESYSTEM_CAPACITY]: 'no: the API does not report it',
  [semconv.METRIC_CONTAINER_FILESYSTEM_USAGE]: 'no: only `/system/df` reports it, which is too slow for a push',
  [semconv.METRIC_CONTAINER_MEMORY_PAGING_FAULTS]: 'no: deprecated for `container.paging.faults`',
};

/** Every metric that the semantic conventions define for containers, and whether it is pushed, as a Markdown table. */
export function conventionsTable(): string {
  const pushed = new Set(semconvCatalogue.flatMap(({ metrics }) => metrics.map(({ otel }) => otel.name)));
  const rows = Object.entries(semconv)
    .flatMap(([key, name]) => (key.startsWith('METRIC_CONTAINER_') ? [String(name)] : []))
    .map((name) => `| \`${name}\` | ${pushed.has(name) ? 'yes' : (notPushed[name] ?? 'no')} |`);
  return ['| Metric of the conventions | Pushed |', '| --- | --- |', ...rows].join('\n');
}
