import type { EngineEvent } from '../../docker/events.ts';
import { isContainerId } from '../container-list.ts';
import type { MemoryShare } from '../../memory-budget.ts';
import { isHarmless } from '../containers.ts';
import type { EngineClock } from '../engine-clock.ts';
import { type Inspection, neverInspected } from '../inspection.ts';
import type { Inventory } from '../inventory.ts';
import { textLength } from '../kept-containers.ts';
import { type Described, type KnownContainer, describedBy } from '../known-container.ts';
import { type LifecycleCounts, changed, noCounts } from './counts.ts';
import { type EventCount, createEventCounts } from './event-counts.ts';
import type { ExitReason } from './exits.ts';
import { type Life, createLife } from './life.ts';
import { type RecentEvent, type RecentEvents, createRecentEvents, recentEventOf } from './recent-events.ts';
import { type LifecycleSum, combinationOf, createLifecycleSums } from './sums.ts';

export interface LifecycleOptions {
  readonly inventory: Pick<Inventory, 'containers' | 'listen' | 'isListed' | 'isWanted' | 'keepLabel'>;
  /** How many combinations of project, service and image are told apart. */
  readonly maxSums: number;
  /** What sums are charged to, and the containers that the inventory does not know yet. */
  readonly share: MemoryShare;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly clock: Pick<EngineClock, 'toExporterTime'>;
}

/** What happened to one container since it is known. */
export interface ContainerLifecycle extends LifecycleCounts {
  /** Unix seconds at which its counts began with 0, by the exporter's clock. */
  readonly countedSince: number;
  /** Why its last run ended, also one of before the counting as far as its inspection tells; undefined where none ended. */
  readonly lastExitReason: ExitReason | undefined;
  /** Its last events, newest last: at most 10. */
  readonly recentEvents: readonly RecentEvent[];
}

/** What happened on the engine since the exporter started. */
export interface LifecycleTotals {
  readonly sums: readonly LifecycleSum[];
  readonly events: readonly EventCount[];
  /** How often events may have been missed. */
  readonly gaps: number;
  /** The last events of all containers, newest last: at most 100. */
  readonly recentEvents: readonly RecentEvent[];
}

/**
 * Counts what happens to containers, from the engine's events. Where some may have been missed, or none come at all,
 * it counts what the inspections before and after prove.
 */
export interface Lifecycle {
  /**
   * Compares inspections where events don't suffice. To be called when those of a snapshot are there. Returns how many
   * events since the last time could not be counted, for want of memory.
   */
  reconcile(): number;
  get(id: string): ContainerLifecycle;
  totals(): LifecycleTotals;
}

/** What is kept of a container as long as it exists. */
interface Entry {
  described: Described;
  counts: LifecycleCounts;
  readonly countedSince: number;
  readonly recentEvents: RecentEvents;
  readonly life: Life;
  /** What it is charged beside what the inventory keeps of the container. */
  bytes: number;
  /** Whether its sums are shown, be they 0. */
  isShown: boolean;
}

/** Of a container that the inventory does not know: its runs and its last events. */
const unknownBytes = 4 * 1_024;

/** What sums, which are never forgotten, may take of the share. */
const sumShare = 0.25;

/** The same of containers that the inventory does not know, such as those that events tell of before the first list. */
const unknownShare = 0.125;

export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { inventory, maxSums, share, now, clock } = options;
  const { containers, isWanted, keepLabel } = inventory;
  const entries = new Map<string, Entry>();
  const sums = createLifecycleSums(maxSums, share.part(sumShare));
  const unknown = share.part(unknownShare);
  const events = createEventCounts();
  const recentEvents = createRecentEvents(100);
  let beganAt = now() / 1000;
  let gaps = 0;
  let uncounted = 0;
  /** Whether all containers of the beginning are known: one that appears later is new. */
  let hasBegun = false;
  let isUnverified = false;

  /** Undefined where there is no room for it. */
  const begin = (
    id: string,
    described: Described,
    countedSince: number,
    inspection?: Inspection,
  ): Entry | undefined => {
    const bytes = containers.get(id) === undefined ? unknownBytes + 2 * textLength(described) : 0;
    if (!unknown.take(bytes)) return undefined;
    const own = createRecentEvents(10);
    const life = createLife(
      {
        onChange: (change) => {
          if (!isWanted(entry.described)) return;
          entry.counts = changed(entry.counts, change);
          sums.add(combinationOf(entry.described), change);
        },
        onReason: (event, reason) => [own, recentEvents].forEach((list) => list.setReason(event, reason)),
      },
      inspection,
    );
    const entry: Entry = { described, counts: noCounts, countedSince, recentEvents: own, life, bytes, isShown: false };
    entries.set(id, entry);
    return entry;
  };

  const end = (id: string): void => {
    unknown.release(entries.get(id)?.bytes ?? 0);
    entries.delete(id);
  };

  /** One that no event told of: it was there at the beginning, or came in a gap. */
  const beginUnannounced = (container: KnownContainer): Entry | undefined => {
    const isNew = hasBegun && isUnverified;
    const countedSince = hasBegun ? now() / 1000 : beganAt;
    const entry = begin(container.id, container, countedSince, isNew ? neverInspected : undefined);
    if (isNew) entry?.life.markUnverified();
    return entry;
  };

  const markUnverified = (): void => {
    isUnverified = true;
    for (const { life } of entries.values()) life.markUnverified();
  };

  /** What an event says of its container, with the labels as they are known: in the event they hide its attributes. */
  const subjectOf = (event: EngineEvent): Described => {
    const described = describedBy(event, keepLabel);
    const known = containers.get(event.id);
    const labels = known?.isBrief === false ? known.labels : entries.get(event.id)?.described.labels;
    return labels === undefined ? described : { ...described, labels };
  };

  /** Whether the filters let an event through; those that are about no container pass. */
  const isCounted = (event: EngineEvent, subject: Described | undefined): boolean => {
    const { type, id, attributes } = event;
    const known = containers.get(type === 'container' ? id : (attributes['container'] ?? ''));
    return known?.isWanted ?? (subject === undefined || isWanted(subject));
  };

  const isLifecycle = ({ type, action, id }: EngineEvent): boolean =>
    type === 'container' && isContainerId(id) && !isHarmless(action);

  const count = (event: EngineEvent, subject: Described): void => {
    const { id, action, timeNano } = event;
    const known = containers.get(id);
    const inspection = action === 'create' ? neverInspected : undefined;
    const entry =
      known?.isBrief === true
        ? undefined
        : (entries.get(id) ?? begin(id, subject, clock.toExporterTime(timeNano / 1e9), inspection));
    if (entry === undefined) {
      uncounted += 1;
      return;
    }
    entry.described = subject;
    if (entry.life.isCounted(event)) return;
    const recent = recentEventOf(event, subject.name, subject.labels);
    for (const list of [entry.recentEvents, recentEvents]) list.add(recent);
    entry.life.apply(event, recent, known?.inspection, subject.labels);
  };

  inventory.listen({
    onPast: (event) => {
      if (!isLifecycle(event)) return;
      const { id, action } = event;
      const subject = subjectOf(event);
      if (action === 'destroy') end(id);
      else if (isWanted(subject)) (entries.get(id) ?? begin(id, subject, beganAt))?.life.replay(event);
    },
    onEvent: (event) => {
      const isOfContainer = event.type === 'container';
      const subject = isOfContainer && isContainerId(event.id) ? subjectOf(event) : undefined;
      if (isCounted(event, subject)) {
        events.add(event);
        if (subject !== undefined && isLifecycle(event)) count(event, subject);
      }
      if (isOfContainer && event.action === 'destroy') end(event.id);
    },
    onGap: () => {
      gaps += 1;
      markUnverified();
    },
    onEventsUnavailable: markUnverified,
    onNewEngine: () => {
      for (const id of entries.keys()) end(id);
      beganAt = now() / 1000;
      hasBegun = false;
      isUnverified = false;
    },
  });

  return {
    reconcile: () => {
      const missed = uncounted;
      uncounted = 0;
      for (const container of containers.all()) {
        const { id, inspection, isStale } = container;
        if (container.isBrief || !container.isWanted) {
          end(id);
          continue;
        }
        const entry = entries.get(id) ?? beginUnannounced(container);
        if (entry === undefined) continue;
        entry.described = container;
        unknown.release(entry.bytes);
        entry.bytes = 0;
        if (inspection === undefined) continue;
        entry.life.compare(inspection, isStale);
        if (entry.isShown) continue;
        entry.isShown = true;
        sums.add(combinationOf(container));
      }
      if (!inventory.isListed()) return missed;
      for (const [id, { life }] of entries) if (containers.get(id) === undefined && life.finalize()) end(id);
      hasBegun = true;
      isUnverified = false;
      return missed;
    },
    get: (id) => {
      const { counts = noCounts, countedSince = now() / 1000, recentEvents: own, life } = entries.get(id) ?? {};
      return { ...counts, countedSince, lastExitReason: life?.lastReason(), recentEvents: own?.list() ?? [] };
    },
    totals: () => ({ sums: sums.all(), events: events.all(), gaps, recentEvents: recentEvents.list() }),
  };
}
