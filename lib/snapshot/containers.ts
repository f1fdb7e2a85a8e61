import type { Attempt } from '../docker/call-recorder.ts';
import type { CallLimits } from '../docker/client.ts';
import { isGone } from '../docker/errors.ts';
import { withUniqueNames } from '../inventory/container-list.ts';
import { hasRun, neverInspected, parseInspection } from '../inventory/inspection.ts';
import { type KnownContainer, composeOf } from '../inventory/known-container.ts';
import type { Collection } from './collector.ts';
import type { ContainerFacts, ResourceFacts } from './facts.ts';
import { inTime } from './in-time.ts';
import { parseStats } from './stats.ts';
import { extraSeries, usualResources } from './usual-resources.ts';

/** Samples those that ran when something was last known of them. */
export function sampleKnown(collection: Collection): void {
  const { slow, options } = collection.state;
  for (const container of options.inventory.containers.all()) {
    if (slow.has(container.id) || !isSampled(container)) continue;
    collection.samples.set(container.id, sample(collection, container));
  }
}

/** Inspects what changed, and samples what runs and is not sampled yet. Resolves when nothing more will come. Never rejects. */
export async function collectContainers(collection: Collection): Promise<void> {
  const { samples } = collection;
  const { slow, options } = collection.state;
  const { containers } = options.inventory;
  for (const id of slow) if (containers.get(id) === undefined) slow.delete(id);
  // Inspections first: they are quick and hold the state, which every container has.
  const asked = [...containers.all()]
    .filter(({ isBrief }) => !isBrief)
    .sort((left, right) => Number(right.isStale) - Number(left.isStale));
  const isLast = ({ id }: KnownContainer): boolean => slow.has(id) && !samples.has(id);
  const batches = [asked.filter((each) => !isLast(each)), asked.filter(isLast)];
  for (const batch of batches) {
    await Promise.all(batch.map((container) => collectContainer(collection, container)));
  }
}

async function collectContainer(collection: Collection, container: KnownContainer): Promise<void> {
  const current = container.isStale ? await inspect(collection, container) : container;
  if (current === undefined || !isSampled(current)) return;
  const runs = (await collection.samples.get(current.id)) === true || (await sample(collection, current));
  // It ended just now: that is no error, but its state has to fit.
  if (!runs) await inspect(collection, current);
}

/** What is known of it afterwards; undefined when it is gone. */
async function inspect(collection: Collection, container: KnownContainer): Promise<KnownContainer | undefined> {
  const { client, inventory } = collection.state.options;
  const { containers } = inventory;
  const { id } = container;
  const inspected = await ask(collection, containerLimit(collection), container, async (limits) => {
    const askedAt = containers.now();
    const inspection = parseInspection(await client.inspectContainer(id, limits), inventory.keepLabel);
    containers.setInspection(id, inspection, askedAt);
  });
  if (!inspected.ok && isGone(inspected.error)) containers.delete(id);
  return containers.get(id);
}

/** False when the engine says that the container does not run. */
async function sample(collection: Collection, container: KnownContainer): Promise<boolean> {
  const { engine, waitingLimit, requestLimit, options } = collection.state;
  const { id } = container;
  const limit = engine.sampledStats && waitingLimit !== requestLimit ? waitingLimit : containerLimit(collection);
  const sampled = await ask(collection, limit, container, async (limits) =>
    parseStats(await options.client.containerStats(id, limits)),
  );
  if (sampled.ok && sampled.value !== undefined) {
    collection.resources.set(id, withinMemory(collection, container, sampled.value));
  }
  return sampled.ok ? sampled.value !== undefined : !isGone(sampled.error);
}

/** What there is room for: all of it, or what an ordinary container has, which is an error. */
function withinMemory(
  { recorder, state }: Collection,
  { id, name }: KnownContainer,
  resources: ResourceFacts,
): ResourceFacts {
  if (state.options.inventory.containers.setExtraSeries(id, extraSeries(resources))) return resources;
  recorder.recordProblem(
    'container',
    name,
    'interfaces, devices or CPUs are left out: there is no memory for more of them',
  );
  return usualResources(resources);
}

/** Makes a call when there is room for it. */
type Limit = <T>(call: () => Promise<T>) => Promise<T>;

/** Where calls about containers wait: behind one another, so that /info of the next scrape need not. */
function containerLimit({ state }: Collection): Limit {
  return (call) => state.containerLimit(() => state.requestLimit(call));
}

/** Makes a call about one container, and remembers whether it kept others waiting. */
async function ask<T>(
  collection: Collection,
  limit: Limit,
  { id, name }: KnownContainer,
  call: (limits: CallLimits) => Promise<T>,
): Promise<Attempt<T>> {
  const { state, recorder } = collection;
  const { slow } = state;
  const attempt = await recorder.record('container', name, () =>
    limit(() => {
      if (collection.limits.signal?.aborted !== true) slow.add(id);
      return inTime(collection, call);
    }),
  );
  if (attempt.ok || !['timeout', 'cancelled'].includes(attempt.error.kind)) slow.delete(id);
  return attempt;
}

/** The containers that the filters let through, no two of one name. */
export function wantedContainers({ state }: Collection): KnownContainer[] {
  const known = [...state.options.inventory.containers.all()];
  return withUniqueNames(known.filter(({ isWanted, isBrief }) => isWanted && !isBrief));
}

function isSampled(container: KnownContainer): boolean {
  return hasRun(container) && container.isWanted && !container.isBrief;
}

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
