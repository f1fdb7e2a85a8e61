import type { Attributes } from '@opentelemetry/api';
import type { ContainerFacts } from '../../snapshot/facts.ts';
import { type Entity, containerAttributes, containerLabels, gauge, group, ofContainer } from '../metric.ts';

/** Labels of a metric, and the labels of the container that they are read from. */
type LabelSources = Readonly<Record<string, string>>;

const swarm: LabelSources = {
  swarm_service: 'com.docker.swarm.service.name',
  swarm_stack: 'com.docker.stack.namespace',
  swarm_task_id: 'com.docker.swarm.task.id',
  swarm_node_id: 'com.docker.swarm.node.id',
};

/** `type` is `container`, or `podsandbox` for the pause container that holds a pod's namespaces. */
const kubernetes: LabelSources = {
  namespace: 'io.kubernetes.pod.namespace',
  pod: 'io.kubernetes.pod.name',
  container: 'io.kubernetes.container.name',
  pod_uid: 'io.kubernetes.pod.uid',
  type: 'io.kubernetes.docker.type',
};

/** The containers that have the label `required`: those that the orchestrator made. */
function orchestrated(required: string, sources: LabelSources, otelPrefix: string): Entity<ContainerFacts> {
  return {
    labels: [...containerLabels, ...Object.keys(sources)],
    *observe({ snapshot }) {
      for (const container of snapshot.containers) {
        if (container.labels[required] === undefined) continue;
        const own: Attributes = {};
        const otel: Attributes = {};
        for (const [label, source] of Object.entries(sources)) {
          own[label] = container.labels[source] ?? '';
          otel[`${otelPrefix}${label}`] = own[label];
        }
        yield {
          facts: container,
          attributes: { ...containerAttributes(container), ...own },
          ...ofContainer(container, otel),
        };
      }
    },
  };
}

export const swarmMetrics = group(orchestrated('com.docker.swarm.task.id', swarm, 'docker.'), [
  {
    name: 'container_swarm_info',
    kind: 'gauge',
    unit: '{container}',
    help: 'Swarm service, stack, task and node of the container as labels; always 1. Only containers of Swarm tasks.',
    otel: gauge('container.swarm.info'),
    read: () => 1,
  },
]);

export const kubernetesMetrics = group(orchestrated('io.kubernetes.pod.name', kubernetes, 'kubernetes.'), [
  {
    name: 'container_kubernetes_info',
    kind: 'gauge',
    unit: '{container}',
    help: 'Kubernetes namespace, pod and container as labels; always 1. Only containers of a kubelet.',
    otel: gauge('container.kubernetes.info'),
    read: () => 1,
  },
]);
