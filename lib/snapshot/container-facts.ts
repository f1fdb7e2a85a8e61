import { hasRun, neverInspected } from '../inventory/inspection.ts';
import { type KnownContainer, composeOf } from '../inventory/known-container.ts';
import type { Collection } from './collector.ts';
import type { ContainerFacts } from './facts.ts';

/** The facts of a container as far as they are known. */
export function containerFacts(
  container: KnownContainer,
  { resources, state: { lifecycle, options } }: Collection,
): ContainerFacts {
  const { id, name, image, labels, state, health, inspection } = container;
  return {
    ...(inspection ?? neverInspected),
    id,
    name,
    ...composeOf(labels),
    image,
    labels,
    state,
    health,
    lifecycle: lifecycle.get(id),
    resources: hasRun(container) ? resources.get(id) : undefined,
    writableLayer: options.disk?.facts()?.writableLayers.get(id),
  };
}
