import type { EngineEvent } from '../docker/events.ts';
import type { Filters } from './filters.ts';

/** Labels of a container, as far as they are kept. */
export type Labels = Readonly<Record<string, string>>;

/** Whether a label is kept, by its key. */
export type KeepLabel = (key: string) => boolean;

/**
 * The attributes of a container's event that say more than its name and image. The engine writes the container's labels
 * over them (`LogContainerEventWithAttributes` of moby), so a label of such a name hides what the engine says.
 */
const eventAttributes = ['execDuration', 'exitCode', 'signal'] as const;

/** What the engine says with an action. */
const ownAttributes: ReadonlyMap<string, readonly string[]> = new Map([
  ['die', ['execDuration', 'exitCode']],
  ['kill', ['signal']],
]);

/** What metrics, resources and events need, whatever the settings say. */
const alwaysKept: ReadonlySet<string> = new Set([
  ...eventAttributes,
  'com.docker.compose.project',
  'com.docker.compose.service',
  'com.docker.stack.namespace',
  'com.docker.swarm.node.id',
  'com.docker.swarm.service.name',
  'com.docker.swarm.task.id',
  'io.kubernetes.container.name',
  'io.kubernetes.docker.type',
  'io.kubernetes.pod.name',
  'io.kubernetes.pod.namespace',
  'io.kubernetes.pod.uid',
]);

/**
 * Of a container's labels only those are kept that something uses: metrics, filters, and what `isSelected` chooses, the
 * labels that are shown. The others may be thousands, and take no memory.
 */
export function keptLabels(filters: () => Filters, isSelected: KeepLabel = () => false): KeepLabel {
  return (key) => {
    if (alwaysKept.has(key) || isSelected(key)) return true;
    const { include, exclude } = filters();
    return [include, exclude].some(({ labels }) => labels.some((rule) => rule.key === key));
  };
}

/** Those that are kept of what an answer or an event holds. */
export function labelsIn(object: unknown, keepLabel: KeepLabel): Labels {
  if (typeof object !== 'object' || object === null) return {};
  const texts = Object.entries(object).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const kept = texts.map(([key, value]) => [key.toWellFormed(), value] as const).filter(([key]) => keepLabel(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, value.toWellFormed()]));
}

/** The labels among the attributes of a container's event, but for what the engine itself says in such an event. */
export function labelsOf({ action, attributes }: EngineEvent, keepLabel: KeepLabel): Labels {
  const own = new Set(ownAttributes.get(action));
  return labelsIn(attributes, (key) => key !== 'image' && key !== 'name' && !own.has(key) && keepLabel(key));
}

/** A number that the engine says in an attribute; undefined where it says none, or a label of the container hides it. */
export function ownNumber(
  { attributes }: EngineEvent,
  name: (typeof eventAttributes)[number],
  labels: Labels,
): number | undefined {
  const text = Object.hasOwn(labels, name) ? undefined : attributes[name];
  const number = Number(text ?? Number.NaN);
  return Number.isFinite(number) ? number : undefined;
}
