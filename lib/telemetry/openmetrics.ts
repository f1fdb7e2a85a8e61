import type { HrTime } from '@opentelemetry/api';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import { escapeQuoted } from './label-texts.ts';
import { type RenderFamily, numberText, pointsOf } from './points.ts';

/** The last line of every OpenMetrics exposition. */
export const openMetricsEnd = '# EOF\n';

/**
 * One metric in OpenMetrics 1.0.0, with the names, labels and values of the text format. A counter's family has
 * no `_total`; a gauge keeps it where the contract put it there, which parsers take. `_created` is there where it is
 * known since when a counter counts.
 */
export const openMetricsFamily: RenderFamily = (metric, prefix, labelTexts) => {
  const { descriptor, dataPointType } = metric;
  const isCounter = dataPointType === DataPointType.SUM && metric.isMonotonic;
  const name = prefix + descriptor.name;
  const family = isCounter ? name.replace(/_total$/, '') : name;
  const [, unit] = /_(bytes|seconds)$/.exec(family) ?? [];
  const lines = [
    `# TYPE ${family} ${isCounter ? 'counter' : 'gauge'}`,
    ...(unit === undefined ? [] : [`# UNIT ${family} ${unit}`]),
    // Unlike the text format, this one has quotes escaped here too.
    `# HELP ${family} ${escapeQuoted(descriptor.description)}`,
  ];
  for (const { attributes, startTime, value } of pointsOf(metric)) {
    const text = labelTexts(attributes);
    const labels = text === '' ? '' : `{${text}}`;
    lines.push(`${isCounter ? `${family}_total` : family}${labels} ${numberText(value)}`);
    const created = isCounter ? timeText(startTime) : undefined;
    if (created !== undefined) lines.push(`${family}_created${labels} ${created}`);
  }
  return `${lines.join('\n')}\n`;
};

/** Unix seconds, as exact as a double is; undefined for OpenTelemetry's 0, which means not known. */
function timeText([seconds, nanoseconds]: HrTime): string | undefined {
  return seconds === 0 && nanoseconds === 0 ? undefined : String(seconds + nanoseconds / 1e9);
}
