import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { createYield } from './breather.ts';
import { createLabelTexts } from './label-texts.ts';
import { openMetricsEnd, openMetricsFamily } from './openmetrics.ts';
import type { RenderFamily } from './points.ts';
import { textFamily } from './text-format.ts';

/** The formats of an exposition: Prometheus' text format 0.0.4, and OpenMetrics 1.0.0. */
export type Format = 'text' | 'openmetrics';

export interface ExpositionOptions {
  /** Goes before every name, with an underscore; an empty string for none. */
  readonly namespace: string;
  /** Written after the own labels of every series. */
  readonly globalLabels: Readonly<Record<string, string>>;
}

const families: Readonly<Record<Format, RenderFamily>> = { text: textFamily, openmetrics: openMetricsFamily };

/**
 * Metric data as an exposition in UTF-8. Written here rather than by the exporter's own serializer, which escapes every
 * label of every series anew and holds up the event loop for as long as all of it takes.
 */
export async function renderExposition(
  { scopeMetrics }: ResourceMetrics,
  format: Format,
  { namespace, globalLabels }: ExpositionOptions,
): Promise<Buffer> {
  const prefix = namespace === '' ? '' : `${namespace}_`;
  const labelTexts = createLabelTexts(globalLabels);
  const breathe = createYield();
  const pieces: Buffer[] = [];
  for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
    pieces.push(Buffer.from(families[format](metric, prefix, labelTexts)));
    await breathe();
  }
  if (format === 'openmetrics') pieces.push(Buffer.from(openMetricsEnd));
  return Buffer.concat(pieces);
}
