import type { Attributes } from '@opentelemetry/api';

/** Renders the labels of a series, without braces; an empty string for none. */
export type LabelTexts = (attributes: Attributes) => string;

/**
 * A renderer for one exposition. The series of a container share one attributes object, whose labels are escaped and
 * put together once. Global labels go behind the own labels of every series.
 */
export function createLabelTexts(globalLabels: Readonly<Record<string, string>>): LabelTexts {
  const texts = new Map<Attributes, string>();
  const globals = pairs(globalLabels);
  return (attributes) => {
    const known = texts.get(attributes);
    if (known !== undefined) return known;
    const text = [...pairs(attributes), ...globals].join(',');
    texts.set(attributes, text);
    return text;
  };
}

function pairs(labels: Attributes): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}="${escapeQuoted(String(value))}"`);
}

/** As both formats have it: backslash, newline and double quote. */
export function escapeQuoted(value: string): string {
  // Most values have nothing to escape, and one look is cheaper than three replacements.
  if (!/[\\\n"]/.test(value)) return value;
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('"', String.raw`\"`);
}
