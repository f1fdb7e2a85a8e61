import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt } from '../docker/call-recorder.ts';
import type { CallLimits } from '../docker/client.ts';
import { EngineError, isGone } from '../docker/errors.ts';
import { withUniqueNames } from '../inventory/container-list.ts';
import { hasRun, parseInspection } from '../inventory/inspection.ts';
import type { KnownContainer } from '../inventory/known-container.ts';
import type { Collection } from './collector.ts';
import { type Unmeasured, forgetAllBut, isKnownAsUnmeasured, withoutFigures } from './doubts.ts';
import type { ResourceFacts } from './facts.ts';
import { inTime } from './in-time.ts';
import { parseStats } from './stats.ts';
import { extraSeries, usualResources } from './usual-resources.ts';

/** What the log and the doctor say of a container whose stats are those of one that does not run, though it does. */
const contradiction = `${withoutFigures}its stats say that it does not run, its inspection that it does`;

const unmeasuredStats = `${withoutFigures}its stats have neither CPU time nor memory`;

/** Milliseconds in which an engine takes note that a container has ended. */
const endingMs = 200;

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
  const { slow, doubts, counterStarts, options } = collection.state;
  const { containers } = options.inventory;
  forgetAllBut(doubts, (id) => containers.get(id) !== undefined);
  counterStarts.forgetUnless((id) => containers.get(id) !== undefined);
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
  const unmeasured = await measure(collection, current);
  const reason =
    unmeasured?.reason ?? (hasNoFigures(collection.resources.get(current.id)) ? unmeasuredStats : undefined);
  if (reason !== undefined) collection.recorder.recordProblem('container', current.name, reason);
}

function hasNoFigures(resources: ResourceFacts | undefined): boolean {
  return resources !== undefined && resources.cpuUsage === undefined && resources.memoryUsage === undefined;
}

/**
 * Samples a container that runs. Where the engine says that it does not, it may have ended or begun between two answers,
 * and for a moment an engine says both of one that is ending: that is no error, but its state has to fit. Returns why
 * there are no figures of one that still runs.
 */
async function measure(collection: Collection, container: KnownContainer): Promise<Unmeasured | undefined> {
  const { id } = container;
  const { doubts, options } = collection.state;
  let unmeasured = await (collection.samples.get(id) ?? sample(collection, container));
  if (isOfEarlierRun(collection, container)) unmeasured = await sample(collection, container);
  if (unmeasured !== undefined && isKnownAsUnmeasured(doubts, container)) return unmeasured;
  for (const pauseMs of [0, endingMs]) {
    if (unmeasured === undefined) break;
    await sleep(pauseMs, undefined, { ref: false });
    const current = await inspect(collection, container, unmeasured);
    if (current === undefined || !isSampled(current)) return undefined;
    unmeasured = await sample(collection, current);
  }
  if (unmeasured === undefined) doubts.unmeasured.delete(id);
  else doubts.unmeasured.set(id, options.inventory.containers.get(id)?.inspection?.startedAt);
  return unmeasured;
}

/** Whether it was sampled before it was started again: those counters do not belong to the start that is known by now. */
function isOfEarlierRun({ resources }: Collection, { id, inspection }: KnownContainer): boolean {
  const { readAt = Number.POSITIVE_INFINITY } = resources.get(id) ?? {};
  return readAt < (inspection?.startedAt ?? 0);
}

/** What is known of it afterwards; undefined when nothing more can be asked of it. `sampled` is what its stats said before. */
async function inspect(
  collection: Collection,
  container: KnownContainer,
  sampled?: Unmeasured,
): Promise<KnownContainer | undefined> {
  const { client, inventory } = collection.state.options;
  const { containers } = inventory;
  const { id } = container;
  const inspected = await ask(collection, containerLimit(collection), container, async (limits) => {
    const askedAt = containers.now();
    const inspection = parseInspection(await client.inspectContainer(id, limits), inventory.keepLabel);
    containers.setInspection(id, inspection, askedAt);
  });
  if (!inspected.ok || inspected.value === undefined) return containers.get(id);
  return withoutInspection(collection, container, inspected.value, sampled);
}

/**
 * What becomes of a container that inspect says is not there. It is gone where its stats say so too, unless a list that
 * is newer than both still has it.
 */
async function withoutInspection(
  collection: Collection,
  container: KnownContainer,
  { message }: EngineError,
  sampled: Unmeasured | undefined,
): Promise<KnownContainer | undefined> {
  const { samples, recorder, state } = collection;
  const { doubts, options } = state;
  const { id, name } = container;
  const before = sampled ?? (await samples.get(id));
  const unmeasured = before?.isGone === true ? before : await sample(collection, container);
  samples.set(id, Promise.resolve(unmeasured));
  const isMissing = unmeasured?.isGone === true;
  if (isMissing && !doubts.missing.has(id)) {
    doubts.missing.add(id);
    options.inventory.containers.delete(id);
  } else {
    recorder.recordProblem('container', name, message);
  }
  return isMissing ? undefined : container;
}

/** Undefined where there are figures, and where the call failed, which is counted. */
async function sample(collection: Collection, container: KnownContainer): Promise<Unmeasured | undefined> {
  const { engine, waitingLimit, requestLimit, options } = collection.state;
  const { id } = container;
  const limit = engine.sampledStats && waitingLimit !== requestLimit ? waitingLimit : containerLimit(collection);
  const sampled = await ask(collection, limit, container, async (limits) => ({
    resources: parseStats(await options.client.containerStats(id, limits)),
  }));
  if (!sampled.ok) return undefined;
  if (sampled.value instanceof EngineError) return { isGone: true, reason: sampled.value.message };
  const { resources } = sampled.value;
  if (resources === undefined) return { isGone: false, reason: contradiction };
  const shown = withinMemory(collection, container, resources);
  collection.resources.set(id, collection.state.counterStarts.withStarts(id, shown, collection));
  return undefined;
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

/**
 * Makes a call about one container, and remembers whether it kept others waiting. The answer that there is no such
 * container is no failure yet.
 */
async function ask<T>(
  collection: Collection,
  limit: Limit,
  { id, name }: KnownContainer,
  call: (limits: CallLimits) => Promise<T>,
): Promise<Attempt<T | EngineError>> {
  const { state, recorder } = collection;
  const { slow } = state;
  const attempt = await recorder.recordContainer(name, () =>
    limit(async () => {
      if (collection.limits.signal?.aborted !== true) slow.add(id);
      try {
        return await inTime(collection, call);
      } catch (error) {
        if (isGone(error)) return error;
        throw error;
      }
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
