import { hasRun, neverInspected } from '../inventory/inspection.ts';
import { type KnownContainer, composeOf } from '../inventory/known-container.ts';
import type { Collection } from './collector.ts';
import type { ContainerFacts } from './facts.ts';

/** The facts of a container as far as they are known. */
export function containerFacts(
  container: KnownContainer,
  { resources, state: { lifecycle, clock, options } }: Collection,
): ContainerFacts {
  const { id, name, image, labels, state, health, inspection = neverInspected } = container;
  const runs = hasRun(container);
  return {
    ...inspection,
    localStartedAt: inspection.startedAt && clock.toExporterTime(inspection.startedAt),
    id,
    name,
    ...composeOf(labels),
    image,
    labels,
    state,
    // Docker marks whatever it stops unhealthy.
    health: runs ? health : 'none',
    healthFailingStreak: runs ? inspection.healthFailingStreak : undefined,
    lifecycle: lifecycle.get(id),
    resources: runs ? resources.get(id) : undefined,
    writableLayer: options.disk?.facts()?.writableLayers.get(id),
  };
}
