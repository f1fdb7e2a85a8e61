import { setImmediate } from 'node:timers/promises';
import type { Attributes } from '@opentelemetry/api';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import type { NumberMetricData, Point } from './metric-data.ts';

/** The formats of an exposition: Prometheus' text format 0.0.4, and OpenMetrics 1.0.0. */
export type Format = 'text' | 'openmetrics';

/** How one metric is written. */
interface Family {
  readonly header: string;
  /** The name of its samples. */
  readonly sample: string;
  /** The name of the samples that say since when it counts; undefined for none. */
  readonly created: string | undefined;
}

const familyOf: Readonly<Record<Format, (metric: NumberMetricData, withCreated: boolean) => Family>> = {
  text: textFamily,
  openmetrics: openMetricsFamily,
};

export interface RenderOptions {
  readonly format: Format;
  readonly createdTimestamps: boolean;
  readonly expectedBytes: number;
}

/** Characters that are rendered before other work, such as an answer on /health, may come in between. */
const chunkLength = 65_536;

/**
 * Metric data as an exposition in UTF-8; memory for `expectedBytes` is taken at once. With `createdTimestamps`, OpenMetrics
 * has a `_created` line for each counter whose start is known.
 *
 * Written here rather than taken from the exporter, whose serializer knows no OpenMetrics, escapes every label of every
 * series again, and blocks the event loop until it is done.
 */
export async function renderExposition(
  metrics: readonly NumberMetricData[],
  { format, createdTimestamps, expectedBytes }: RenderOptions,
): Promise<Buffer> {
  let page = Buffer.allocUnsafe(expectedBytes + chunkLength);
  let length = 0;
  let chunk = '';
  const write = (): void => {
    const bytes = Buffer.byteLength(chunk);
    if (length + bytes > page.length) page = Buffer.concat([page.subarray(0, length)], 2 * (length + bytes));
    length += page.write(chunk, length);
    chunk = '';
  };
  for (const metric of metrics) {
    const family = familyOf[format](metric, createdTimestamps);
    chunk += family.header;
    for (const point of metric.dataPoints) {
      chunk += renderPoint(family, point);
      if (chunk.length < chunkLength) continue;
      write();
      await setImmediate();
    }
  }
  if (format === 'openmetrics') chunk += '# EOF\n';
  write();
  return page.subarray(0, length);
}

function textFamily(metric: NumberMetricData): Family {
  const { name, description } = metric.descriptor;
  const help = description.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
  return {
    header: `# HELP ${name} ${help}\n# TYPE ${name} ${isCounter(metric) ? 'counter' : 'gauge'}\n`,
    sample: name,
    created: undefined,
  };
}

/**
 * OpenMetrics 1.0.0 with the names, labels and values of the text format. A counter's family has no `_total`; a gauge
 * keeps it where the contract put it there, which parsers accept. A counter without it, as cAdvisor has one, is unknown:
 * a counter's samples would have to end with it.
 */
function openMetricsFamily(metric: NumberMetricData, withCreated: boolean): Family {
  const { name, description } = metric.descriptor;
  const isTotal = isCounter(metric) && name.endsWith('_total');
  const family = isTotal ? name.replace(/_total$/, '') : name;
  const [, unit] = /_(bytes|seconds)$/.exec(family) ?? [];
  // Unlike the text format, this one has quotes escaped in HELP too.
  const help = escapeQuoted(description);
  const header = [
    `# TYPE ${family} ${isTotal ? 'counter' : isCounter(metric) ? 'unknown' : 'gauge'}\n`,
    ...(unit === undefined ? [] : [`# UNIT ${family} ${unit}\n`]),
    `# HELP ${family} ${help}\n`,
  ].join('');
  return { header, sample: name, created: isTotal && withCreated ? `${family}_created` : undefined };
}

function renderPoint({ sample, created }: Family, point: Point): string {
  const { value, startTime, attributes, labels: known } = point;
  const labels = known?.text ?? renderLabels(attributes);
  if (known !== undefined) known.text = labels;
  const line = `${sample}${labels} ${renderNumber(value)}\n`;
  const [seconds, nanoseconds] = startTime;
  // OpenTelemetry's 0 means that the start is not known.
  if (created === undefined || (seconds === 0 && nanoseconds === 0)) return line;
  return `${line}${created}${labels} ${seconds + nanoseconds / 1e9}\n`;
}

function isCounter(metric: NumberMetricData): boolean {
  return metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
}

function renderNumber(value: number): string {
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : String(value).replace('Infinity', 'Inf');
}

/** The labels of a series with their braces, or an empty string for none. */
function renderLabels(attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(([name, value]) => `${name}="${escapeQuoted(String(value))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** Backslash, newline and double quote, as both formats have it. */
function escapeQuoted(value: string): string {
  // Most values have nothing to escape, and one test is cheaper than three replacements.
  if (!/[\\\n"]/.test(value)) return value;
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('"', String.raw`\"`);
}
