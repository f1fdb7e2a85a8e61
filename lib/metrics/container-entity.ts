import type { Attributes } from '@opentelemetry/api';
import type { ContainerFacts } from '../snapshot/facts.ts';
import { type Entity, containerLabels, noAttributes } from './metric.ts';

export function containerAttributes(container: ContainerFacts): Attributes {
  return {
    container_name: container.name,
    compose_service: container.composeService,
    compose_project: container.composeProject,
    image: container.image,
  };
}

/** What every observation of a container has in common. */
export function ofContainer(container: ContainerFacts, otelAttributes = noAttributes) {
  return { container, startedAt: container.startedAt, otelAttributes };
}

/** A container at the time of the snapshot. */
export interface ContainerAt {
  readonly container: ContainerFacts;
  /** Unix seconds. */
  readonly now: number;
}

export const containerEntities: Entity<ContainerAt> = {
  labels: containerLabels,
  *observe({ snapshot }) {
    for (const container of snapshot.containers) {
      const facts = { container, now: snapshot.takenAt / 1000 };
      yield { facts, attributes: containerAttributes(container), ...ofContainer(container) };
    }
  },
};
