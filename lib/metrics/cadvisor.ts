import type { Attributes } from '@opentelemetry/api';
import { hasRun } from '../inventory/inspection.ts';
import { catalogue } from './catalogue.ts';
import { cadvisorOnly } from './catalogue/cadvisor.ts';
import { cgroupPath } from './cgroup-path.ts';
import { cadvisorName, namedLabels } from './container-labels.ts';
import {
  type CollectionInput,
  type Metric,
  type MetricGroup,
  type Observation,
  containerLabels,
  oncePerContainer,
  oncePerObservation,
} from './metric.ts';

/** The metrics that cAdvisor has too, under its names and labels, of the containers that it would show: those that run. */
export const cadvisorCatalogue: readonly MetricGroup[] = [...catalogue, ...cadvisorOnly]
  .filter(({ metrics }) => metrics.some(({ cadvisor }) => cadvisor !== undefined))
  .map(asCadvisor);

const ownLabels: ReadonlySet<string> = new Set(cadvisorCatalogue.flatMap(({ labels }) => labels));

/** Whether a label is cAdvisor's own, so that no global label may have that name there. */
export function isCadvisorLabel(name: string): boolean {
  return ownLabels.has(name) || name.startsWith('container_label_');
}

function asCadvisor({ labels, subject, metrics, read }: MetricGroup): MetricGroup {
  const renamed = new Map<Metric, Metric>();
  for (const metric of metrics) {
    if (metric.cadvisor !== undefined) renamed.set(metric, { ...metric, name: metric.cadvisor });
  }
  const extraLabels = labels.filter((label) => !isOneOf(containerLabels, label));
  return {
    labels: subject === 'container' ? ['id', 'name', 'image', 'container_label_KEY', ...extraLabels] : labels,
    subject,
    metrics: [...renamed.values()],
    read: (input, sink) => {
      // All values of one observation have to go on with one.
      const translated = oncePerObservation((observation) => translate(observation, extraLabels, input));
      read(input, (metric, value, observation) => {
        const own = renamed.get(metric);
        if (own === undefined) return;
        const shown = translated(observation);
        if (shown !== undefined) sink(own, value, shown);
      });
    },
  };
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

/** Undefined for a container that does not run. */
function translate(
  observation: Observation<unknown>,
  extraLabels: readonly string[],
  input: CollectionInput,
): Observation<unknown> | undefined {
  const { container, attributes } = observation;
  if (container === undefined) return observation;
  if (!hasRun(container)) return undefined;
  const identity = identityOf(container, input);
  if (extraLabels.length === 0) return { ...observation, attributes: identity };
  const extra = Object.fromEntries(extraLabels.map((label) => [label, attributes[label]]));
  return { ...observation, attributes: { ...identity, ...extra } };
}

/** The labels of a container. */
const identityOf = oncePerContainer((container, { selectedLabels, snapshot }): Attributes => {
  const { composeProject, composeService, labels, name, image } = container;
  const shown = {
    ...Object.fromEntries(selectedLabels?.(labels) ?? []),
    'com.docker.compose.project': composeProject,
    'com.docker.compose.service': composeService,
  };
  return {
    ...namedLabels(Object.entries(shown), cadvisorName),
    id: cgroupPath(container, snapshot),
    image,
    name,
  };
});
