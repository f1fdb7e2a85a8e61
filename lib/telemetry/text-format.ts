import { DataPointType } from '@opentelemetry/sdk-metrics';
import { type RenderFamily, numberText, pointsOf } from './points.ts';

/** One metric in Prometheus' text format 0.0.4. */
export const textFamily: RenderFamily = (metric, prefix, labelTexts) => {
  const { descriptor, dataPointType } = metric;
  const name = prefix + descriptor.name;
  const isCounter = dataPointType === DataPointType.SUM && metric.isMonotonic;
  let text = `# HELP ${name} ${escapeHelp(descriptor.description)}\n# TYPE ${name} ${isCounter ? 'counter' : 'gauge'}\n`;
  for (const { attributes, value } of pointsOf(metric)) {
    const labels = labelTexts(attributes);
    text += labels === '' ? `${name} ${numberText(value)}\n` : `${name}{${labels}} ${numberText(value)}\n`;
  }
  return text;
};

function escapeHelp(text: string): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
}
