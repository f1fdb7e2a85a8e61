import type { Attributes, HrTime } from '@opentelemetry/api';
import { type MetricData, DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';

export interface OpenMetricsOptions {
  /** Goes before every name, with an underscore; an empty string for none. */
  readonly namespace: string;
  /** Written after the own labels of every series. */
  readonly globalLabels: Readonly<Record<string, string>>;
}

/** A series and its value; OpenTelemetry has other shapes, such as histograms, which the catalogue has not. */
interface Point {
  readonly attributes: Attributes;
  readonly startTime: HrTime;
  readonly value: number;
}

/**
 * The exposition in OpenMetrics 1.0.0, with the names, labels and values of the text format. A counter's family has
 * no `_total`; a gauge keeps it where the contract put it there, which parsers take. `_created` is there where it is
 * known since when a counter counts.
 */
export function serializeOpenMetrics({ scopeMetrics }: ResourceMetrics, options: OpenMetricsOptions): string {
  const prefix = options.namespace === '' ? '' : `${options.namespace}_`;
  const suffix = labelTexts(options.globalLabels);
  const families = scopeMetrics.flatMap(({ metrics }) => metrics.map((metric) => familyText(metric, prefix, suffix)));
  return `${families.join('')}# EOF\n`;
}

function familyText(metric: MetricData, prefix: string, globalLabels: readonly string[]): string {
  const { descriptor, dataPointType } = metric;
  const isCounter = dataPointType === DataPointType.SUM && metric.isMonotonic;
  const name = prefix + descriptor.name;
  const family = isCounter ? name.replace(/_total$/, '') : name;
  const [, unit] = /_(bytes|seconds)$/.exec(family) ?? [];
  const lines = [
    `# TYPE ${family} ${isCounter ? 'counter' : 'gauge'}`,
    ...(unit === undefined ? [] : [`# UNIT ${family} ${unit}`]),
    `# HELP ${family} ${escaped(descriptor.description)}`,
  ];
  for (const { attributes, startTime, value } of metric.dataPoints as readonly Point[]) {
    const texts = [...labelTexts(attributes), ...globalLabels];
    const labels = texts.length === 0 ? '' : `{${texts.join(',')}}`;
    lines.push(`${isCounter ? `${family}_total` : family}${labels} ${numberText(value)}`);
    const created = isCounter ? timeText(startTime) : undefined;
    if (created !== undefined) lines.push(`${family}_created${labels} ${created}`);
  }
  return `${lines.join('\n')}\n`;
}

function labelTexts(labels: Attributes): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('"', String.raw`\"`);
}

function numberText(value: number): string {
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : String(value).replace('Infinity', 'Inf');
}

/** Unix seconds, as exact as a double is; undefined for OpenTelemetry's 0, which means not known. */
function timeText([seconds, nanoseconds]: HrTime): string | undefined {
  return seconds === 0 && nanoseconds === 0 ? undefined : String(seconds + nanoseconds / 1e9);
}
