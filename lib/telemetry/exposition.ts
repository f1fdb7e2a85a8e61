import { setImmediate } from 'node:timers/promises';
import type { Attributes, HrTime } from '@opentelemetry/api';
import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** The formats of an exposition: Prometheus' text format 0.0.4, and OpenMetrics 1.0.0. */
export type Format = 'text' | 'openmetrics';

export interface ExpositionOptions {
  /** Prefix of every name, followed by an underscore; an empty string for none. */
  readonly namespace: string;
  /** Written after the own labels of every series. */
  readonly globalLabels: Readonly<Record<string, string>>;
  /** Whether OpenMetrics has a `_created` line for each counter whose start is known. */
  readonly createdTimestamps: boolean;
}

/** A data point of the catalogue's kinds; OpenTelemetry has others, such as histograms. */
interface Point {
  readonly attributes: Attributes;
  readonly startTime: HrTime;
  readonly value: number;
}

/** How one metric is written. */
interface Family {
  readonly header: string;
  /** The name of its samples. */
  readonly sample: string;
  /** The name of the samples that say since when it counts; undefined for none. */
  readonly created: string | undefined;
}

const familyOf: Readonly<Record<Format, (name: string, metric: MetricData, withCreated: boolean) => Family>> = {
  text: textFamily,
  openmetrics: openMetricsFamily,
};

/** A family as it was rendered last. */
interface RenderedFamily {
  readonly points: readonly Point[];
  readonly bytes: Buffer;
}

const endOfFile = Buffer.from('# EOF\n');

/** Characters that are rendered before other work, such as an answer on /health, may come in between. */
const chunkLength = 65_536;

/** Bytes of an exposition that are kept until the next one: those of 100 containers, and no more memory with thousands. */
const maxKeptBytes = 1024 * 1024;

/** Metric data as an exposition in UTF-8. */
export type Renderer = (resourceMetrics: ResourceMetrics, format: Format) => Promise<Buffer>;

/**
 * Written here rather than taken from the exporter, whose serializer knows no OpenMetrics, escapes every label of every
 * series again, and blocks the event loop until it is done.
 */
export function createRenderer({ namespace, globalLabels, createdTimestamps }: ExpositionOptions): Renderer {
  const prefix = namespace === '' ? '' : `${namespace}_`;
  const globals = renderPairs(globalLabels);
  // All data points of a series have one attributes object, from one collection to the next.
  const rendered = new WeakMap<Attributes, string>();
  // What did not change since the last collection has the very same data points.
  const lastFamilies: Record<Format, ReadonlyMap<string, RenderedFamily>> = { text: new Map(), openmetrics: new Map() };

  const labelsOf = (attributes: Attributes): string => {
    const known = rendered.get(attributes);
    if (known !== undefined) return known;
    const labels = renderLabels(attributes, globals);
    rendered.set(attributes, labels);
    return labels;
  };

  return async ({ scopeMetrics }, format) => {
    const chunks: Buffer[] = [];
    const kept = new Map<string, RenderedFamily>();
    let keptBytes = 0;
    let unpausedLength = 0;

    const renderFamily = async (metric: MetricData): Promise<RenderedFamily> => {
      const family = familyOf[format](prefix + metric.descriptor.name, metric, createdTimestamps);
      const points = metric.dataPoints as readonly Point[];
      const parts: Buffer[] = [];
      let part = family.header;
      for (const point of points) {
        part += renderPoint(family, point, labelsOf(point.attributes));
        if (unpausedLength + part.length < chunkLength) continue;
        parts.push(Buffer.from(part));
        part = '';
        unpausedLength = 0;
        await setImmediate();
      }
      unpausedLength += part.length;
      return { points, bytes: Buffer.concat([...parts, Buffer.from(part)]) };
    };

    for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      const { name } = metric.descriptor;
      const last = lastFamilies[format].get(name);
      const isSame = last !== undefined && areSame(last.points, metric.dataPoints);
      const family = isSame ? last : await renderFamily(metric);
      chunks.push(family.bytes);
      keptBytes += family.bytes.length;
      if (keptBytes <= maxKeptBytes) kept.set(name, family);
    }
    lastFamilies[format] = kept;
    return Buffer.concat(format === 'openmetrics' ? [...chunks, endOfFile] : chunks);
  };
}

function areSame(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((point, place) => point === right[place]);
}

function textFamily(name: string, metric: MetricData): Family {
  const help = metric.descriptor.description.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
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
function openMetricsFamily(name: string, metric: MetricData, withCreated: boolean): Family {
  const isTotal = isCounter(metric) && name.endsWith('_total');
  const family = isTotal ? name.replace(/_total$/, '') : name;
  const [, unit] = /_(bytes|seconds)$/.exec(family) ?? [];
  // Unlike the text format, this one has quotes escaped in HELP too.
  const help = escapeQuoted(metric.descriptor.description);
  const header = [
    `# TYPE ${family} ${isTotal ? 'counter' : isCounter(metric) ? 'unknown' : 'gauge'}\n`,
    ...(unit === undefined ? [] : [`# UNIT ${family} ${unit}\n`]),
    `# HELP ${family} ${help}\n`,
  ].join('');
  return { header, sample: name, created: isTotal && withCreated ? `${family}_created` : undefined };
}

function renderPoint({ sample, created }: Family, { value, startTime }: Point, labels: string): string {
  const line = `${sample}${labels} ${renderNumber(value)}\n`;
  const [seconds, nanoseconds] = startTime;
  // OpenTelemetry's 0 means that the start is not known.
  if (created === undefined || (seconds === 0 && nanoseconds === 0)) return line;
  return `${line}${created}${labels} ${seconds + nanoseconds / 1e9}\n`;
}

function isCounter(metric: MetricData): boolean {
  return metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
}

function renderNumber(value: number): string {
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : String(value).replace('Infinity', 'Inf');
}

/** The labels of a series with their braces, or an empty string for none. */
function renderLabels(attributes: Attributes, globals: readonly string[]): string {
  const pairs = [...renderPairs(attributes), ...globals];
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function renderPairs(labels: Attributes): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}="${escapeQuoted(String(value))}"`);
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
