import type { ContainerSummary } from '../docker/api.ts';
import { containerName } from './container-list.ts';

/** A label that must be there, and, where a value is given, have that value. */
export interface LabelRule {
  readonly key: string;
  readonly value: string | undefined;
}

/** A container matches when any one rule does. */
export interface Rules {
  readonly labels: readonly LabelRule[];
  readonly names: readonly RegExp[];
  readonly images: readonly RegExp[];
}

export interface Filters {
  readonly include: Rules;
  readonly exclude: Rules;
}

/** Whether a container of the list is wanted: exclude wins; where include rules exist, one of them must match. */
export function isWanted(summary: ContainerSummary, { include, exclude }: Filters): boolean {
  if (matches(summary, exclude)) return false;
  const anyInclude = include.labels.length + include.names.length + include.images.length > 0;
  return !anyInclude || matches(summary, include);
}

function matches(summary: ContainerSummary, rules: Rules): boolean {
  const name = containerName(summary);
  const image = summary.Image ?? '';
  const labels = summary.Labels ?? {};
  return (
    rules.names.some((pattern) => pattern.test(name)) ||
    rules.images.some((pattern) => pattern.test(image)) ||
    rules.labels.some(({ key, value }) => Object.hasOwn(labels, key) && (value === undefined || labels[key] === value))
  );
}
