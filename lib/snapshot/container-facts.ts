import { hasRun, neverInspected } from '../inventory/inspection.ts';
import { type KnownContainer, composeOf } from '../inventory/known-container.ts';
import type { Collection } from './collector.ts';
import type { ContainerFacts } from './facts.ts';
import { plausibleFigures } from './plausible.ts';

/** The facts of a container as far as they are known. */
export function containerFacts(
  container: KnownContainer,
  { resources, info, state: { engine, lifecycle, clock, options } }: Collection,
): ContainerFacts {
  const { id, name, image, labels, state, health, inspection = neverInspected } = container;
  const runs = hasRun(container);
  const measured = runs ? resources.get(id) : undefined;
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
    resources: measured && plausibleFigures(measured, { engine, info, limits: inspection.limits }),
    writableLayer: options.disk?.facts()?.writableLayers.get(id),
  };
}
