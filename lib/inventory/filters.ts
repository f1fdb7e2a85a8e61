import type { Pattern } from '../config/patterns.ts';

/** A label that must be there, and, where a value is given, have that value. */
export interface LabelRule {
  readonly key: string;
  readonly value: string | undefined;
}

/** A container matches when any one rule does. */
export interface Rules {
  readonly labels: readonly LabelRule[];
  readonly names: readonly Pattern[];
  readonly images: readonly Pattern[];
}

export interface Filters {
  readonly include: Rules;
  readonly exclude: Rules;
}

/** What filters go by. */
export interface FilteredContainer {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether a container is wanted: exclude wins; where include rules exist, one of them must match. */
export function isWanted(container: FilteredContainer, { include, exclude }: Filters): boolean {
  if (matches(container, exclude)) return false;
  const anyInclude = include.labels.length + include.names.length + include.images.length > 0;
  return !anyInclude || matches(container, include);
}

function matches({ name, image, labels }: FilteredContainer, rules: Rules): boolean {
  return (
    rules.names.some((pattern) => pattern.test(name)) ||
    rules.images.some((pattern) => pattern.test(image)) ||
    rules.labels.some(({ key, value }) => Object.hasOwn(labels, key) && (value === undefined || labels[key] === value))
  );
}

/** What the list shows once the tag has moved on to another image. */
export function isBareImageId(image: string): boolean {
  return /^sha256:[0-9a-f]+$/.test(image);
}
