import { setImmediate } from 'node:timers/promises';
import type { LimitFunction } from 'p-limit';
import type { CallLimits, DockerClient } from '../docker/client.ts';
import { isGone } from '../docker/errors.ts';
import type { ContainerEvents } from './container-events.ts';
import type { ContainerFacts, ResourceFacts } from './facts.ts';
import { type Filters, isWanted } from './filters.ts';
import { type Inspection, healthFromSummary, noLimits, parseInspection } from './inspection.ts';
import type { InspectionCache } from './inspection-cache.ts';
import type { Attempt, CallRecorder } from './call-recorder.ts';
import { parseStats } from './stats.ts';
import {
  type ListedContainer,
  containerLabel,
  containerLabels,
  containerName,
  parseContainerList,
} from './container-list.ts';

/** What the container collector keeps from one snapshot to the next; its size follows the newest list. */
export interface CollectorState {
  readonly changes: ContainerEvents;
  readonly known: InspectionCache;
  /** Containers that did not answer in time; they are asked last, so that they hold up nobody else. */
  readonly slow: Set<string>;
}

export interface ContainerCollection {
  readonly client: DockerClient;
  readonly filters: Filters;
  readonly memory: CollectorState;
  readonly ledger: CallRecorder;
  readonly limits: CallLimits;
  /** Bounds the calls that make the engine work. */
  readonly working: LimitFunction;
  /** Resolves to the pool for stats calls once the engine's kind is known. */
  readonly statsPool: Promise<LimitFunction>;
}

/** What is known of one container so far. */
export interface PartialContainer {
  readonly summary: ListedContainer;
  inspection: Inspection | undefined;
  resources: ResourceFacts | undefined;
  /** Removed since the list was made. */
  gone: boolean;
}

/** Fills `drafts` as answers arrive, so that it can be read at any time; resolves when nothing more will come. Never rejects. */
export async function collectContainers(collection: ContainerCollection, drafts: PartialContainer[]): Promise<void> {
  const { client, filters, memory, ledger, limits, working } = collection;
  const listed = await ledger.record('container', 'list', () =>
    working(async () => parseContainerList(await client.listContainers(limits))),
  );
  if (!listed.ok) return;
  const { containers, unusable } = listed.value;
  if (unusable > 0) {
    ledger.recordProblem('container', 'list', `GET /containers/json: ${unusable} elements without an id of their own`);
  }
  forgetMissing(memory, containers);
  // Events that were sent before the list may still wait to be read.
  await setImmediate();
  const wanted = containers.filter((summary) => isWanted(summary, filters));
  wanted.sort((left, right) => Number(memory.slow.has(left.Id)) - Number(memory.slow.has(right.Id)));
  for (const summary of wanted) {
    drafts.push({ summary, inspection: memory.known.getFresh(summary), resources: undefined, gone: false });
  }
  // Inspections first: they are quick and hold the state, which every container has.
  const inspections = drafts
    .filter(({ inspection }) => inspection === undefined)
    .map((draft) => inspect(collection, draft));
  const pool = await collection.statsPool;
  const stats = drafts
    .filter(({ summary }) => usesResources(summary.State))
    .map((draft) => sample(collection, pool, draft));
  await Promise.all([...inspections, ...stats]);
}

async function inspect(collection: ContainerCollection, draft: PartialContainer): Promise<void> {
  const { client, memory, limits, working } = collection;
  const inspected = await ask(collection, working, draft, async (id) => {
    const since = memory.changes.cursor();
    const inspection = parseInspection(await client.inspectContainer(id, limits));
    memory.known.set(draft.summary, inspection, since);
    return inspection;
  });
  if (inspected.ok) draft.inspection = inspected.value;
  else draft.gone = isGone(inspected.error);
}

async function sample(collection: ContainerCollection, pool: LimitFunction, draft: PartialContainer): Promise<void> {
  const { client, limits } = collection;
  const sampled = await ask(collection, pool, draft, async (id) => parseStats(await client.containerStats(id, limits)));
  if (sampled.ok) draft.resources = sampled.value;
}

/** Makes a call about one container, and remembers whether it kept others waiting. */
async function ask<T>(
  { memory: { slow }, ledger, limits }: ContainerCollection,
  pool: LimitFunction,
  { summary }: PartialContainer,
  call: (id: string) => Promise<T>,
): Promise<Attempt<T>> {
  let begun = false;
  const attempt = await ledger.record('container', containerName(summary), () =>
    pool(() => {
      begun = limits.signal?.aborted !== true;
      return call(summary.Id);
    }),
  );
  if (attempt.ok) slow.delete(summary.Id);
  else if (begun && ['timeout', 'cancelled'].includes(attempt.error.kind)) slow.add(summary.Id);
  return attempt;
}

function forgetMissing(memory: CollectorState, listed: readonly ListedContainer[]): void {
  const present = new Set(listed.map(({ Id }) => Id));
  memory.known.retain(present);
  memory.changes.retain(present);
  for (const id of memory.slow) if (!present.has(id)) memory.slow.delete(id);
}

function usesResources(state: string | undefined): boolean {
  return state === 'running' || state === 'paused';
}

/**
 * The facts of a container as far as they are known. Inspect is newer than the list and wins; without it, the
 * last inspection fills in what the list does not tell.
 */
export function factsOf({ summary, inspection, resources }: PartialContainer, memory: CollectorState): ContainerFacts {
  const known = inspection ?? memory.known.getStale(summary.Id);
  const state = inspection?.state ?? summary.State;
  return {
    id: summary.Id,
    name: containerName(summary),
    composeService: containerLabel(summary, 'com.docker.compose.service'),
    composeProject: containerLabel(summary, 'com.docker.compose.project'),
    image: imageOf(summary, known),
    imageId: known?.imageId,
    labels: containerLabels(summary.Labels),
    networkMode: known?.networkMode,
    state,
    health: inspection?.health ?? healthFromSummary(summary),
    healthFailingStreak: known?.healthFailingStreak,
    startedAt: known?.startedAt,
    finishedAt: known?.finishedAt,
    restartCount: known?.restartCount,
    exitCode: known?.exitCode,
    oomKilled: known?.oomKilled,
    limits: known?.limits ?? noLimits,
    resources: usesResources(state) ? resources : undefined,
  };
}

/** The list shows a bare image id once the tag has moved on to another image. */
function imageOf(summary: ListedContainer, known: Inspection | undefined): string {
  const { Image: listed = '' } = summary;
  return listed === '' || /^sha256:[0-9a-f]+$/.test(listed) ? (known?.image ?? listed) : listed;
}
