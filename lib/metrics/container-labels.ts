import type { Attributes } from '@opentelemetry/api';
import type { Pattern } from '../config/patterns.ts';

/** The labels of a container that are shown, as pairs of key and value. */
export type LabelSelection = (labels: Readonly<Record<string, string>>) => readonly (readonly [string, string])[];

/** Whether one of the patterns matches the key of a label. */
export function selectKeys(patterns: readonly Pattern[]): (key: string) => boolean {
  return (key) => patterns.some((pattern) => pattern.test(key));
}

/** Chooses labels whose key one of the patterns matches; undefined without patterns. */
export function selectLabels(patterns: readonly Pattern[]): LabelSelection | undefined {
  if (patterns.length === 0) return undefined;
  const isSelected = selectKeys(patterns);
  return (labels) => Object.entries(labels).filter(([key]) => isSelected(key));
}

/** `app.kubernetes.io/partOf` to `label_app_kubernetes_io_part_of`, as kube-state-metrics has it. */
export function kubeStateName(key: string): string {
  return `label_${sanitized(key)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()}`;
}

/** `app.kubernetes.io/partOf` to `container_label_app_kubernetes_io_partOf`, as cAdvisor has it. */
export function cadvisorName(key: string): string {
  return `container_label_${sanitized(key)}`;
}

/** A character each for what label names can't hold. */
function sanitized(key: string): string {
  return key.replaceAll(/[^a-zA-Z0-9_]/gu, '_');
}

/**
 * Labels under the names that `nameOf` gives. Keys that get the same name are told apart by `_conflict1`, `_conflict2`
 * and so on in the order of the keys, as kube-state-metrics does, but never by a name that another key has by itself.
 */
export function namedLabels(
  labels: readonly (readonly [key: string, value: string])[],
  nameOf: (key: string) => string,
): Attributes {
  const sorted = labels.toSorted(([left], [right]) => (left < right ? -1 : 1));
  const byName = Map.groupBy(sorted, ([key]) => nameOf(key));
  const named: Attributes = {};
  for (const [name, sharers] of byName) {
    let number = 0;
    for (const [, value] of sharers) {
      let own = name;
      while (sharers.length > 1 && (own === name || byName.has(own))) own = `${name}_conflict${(number += 1)}`;
      named[own] = value;
    }
  }
  return named;
}
