import type { ContainerFacts } from '../../snapshot/facts.ts';
import { kubeStateName, namedLabels } from '../container-labels.ts';
import { type Entity, containerAttributes, containerLabels, gauge, group, ofContainer } from '../metric.ts';

/** Every container, so that a join with it loses none, once labels to show are chosen. */
const labelledEntities: Entity<ContainerFacts> = {
  labels: [...containerLabels, 'label_KEY'],
  *observe({ snapshot, selectedLabels }) {
    if (selectedLabels === undefined) return;
    for (const container of snapshot.containers) {
      const own = namedLabels(selectedLabels(container.labels), kubeStateName);
      yield { facts: container, attributes: { ...containerAttributes(container), ...own }, ...ofContainer(container) };
    }
  },
};

export const labelMetrics = group(labelledEntities, [
  {
    name: 'container_labels',
    kind: 'gauge',
    unit: '{container}',
    help: 'Labels of the container that metrics.container_labels chooses; always 1.',
    otel: gauge('container.labels'),
    read: () => 1,
  },
]);
