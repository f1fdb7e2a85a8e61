import type { EngineEvent } from '../../docker/events.ts';
import { isContainerId } from '../container-list.ts';
import { type KnownContainer, composeOf, describedBy, isHarmless } from '../containers.ts';
import { type Inspection, neverInspected } from '../inspection.ts';
import type { Inventory } from '../inventory.ts';
import { type LifecycleCounts, changed, noCounts } from './counts.ts';
import { type EventCount, createEventCounts } from './event-counts.ts';
import { type Life, createLife } from './life.ts';
import { type RecentEvent, type RecentEvents, createRecentEvents, recentEventOf } from './recent-events.ts';
import { type LifecycleSum, createLifecycleSums } from './sums.ts';

/** What filters go by, and what sums are made by. */
type Described = Pick<KnownContainer, 'name' | 'image' | 'labels'>;

export interface LifecycleOptions {
  readonly inventory: Pick<Inventory, 'containers' | 'listen' | 'isListed'>;
  /** Whether the filters let a container through; what happens to others counts nowhere. */
  readonly isWanted: (container: Described) => boolean;
  /** How many combinations of project, service and image are told apart. */
  readonly maxSums: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What happened to one container since it is known. */
export interface ContainerLifecycle extends LifecycleCounts {
  /** Unix seconds at which its counts began with 0. */
  readonly countedSince: number;
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
  /** Compares inspections where events don't suffice. To be called when those of a snapshot are there. */
  reconcile(): void;
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
  /** Whether its sums are shown, be they 0. */
  isShown: boolean;
}

export function createLifecycle({ inventory, isWanted, maxSums, now }: LifecycleOptions): Lifecycle {
  const { containers } = inventory;
  const entries = new Map<string, Entry>();
  const sums = createLifecycleSums(maxSums);
  const events = createEventCounts();
  const recentEvents = createRecentEvents(100);
  const beganAt = now() / 1000;
  let gaps = 0;
  /** Whether all containers of the beginning are known: one that appears later is new. */
  let hasBegun = false;
  let isMistrusted = false;

  const begin = (id: string, described: Described, countedSince: number, inspection?: Inspection): Entry => {
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
    const entry: Entry = { described, counts: noCounts, countedSince, recentEvents: own, life, isShown: false };
    entries.set(id, entry);
    return entry;
  };

  /** One that no event told of: it was there at the beginning, or came in a gap. */
  const beginUnannounced = (container: KnownContainer): Entry => {
    const isNew = hasBegun && isMistrusted;
    const countedSince = hasBegun ? now() / 1000 : beganAt;
    const entry = begin(container.id, container, countedSince, isNew ? neverInspected : undefined);
    if (isNew) entry.life.mistrust();
    return entry;
  };

  const mistrust = (): void => {
    isMistrusted = true;
    for (const { life } of entries.values()) life.mistrust();
  };

  /** The container that an event is about, where it is about one. */
  const subjectOf = (event: EngineEvent): Described | undefined => {
    if (event.type !== 'container') return containers.get(event.attributes['container'] ?? '');
    return isContainerId(event.id) ? describedBy(event) : undefined;
  };

  const isLifecycle = ({ type, action, id }: EngineEvent): boolean =>
    type === 'container' && isContainerId(id) && !isHarmless(action);

  inventory.listen({
    onPast: (event) => {
      if (!isLifecycle(event)) return;
      const { id, action } = event;
      if (action === 'destroy') entries.delete(id);
      else (entries.get(id) ?? begin(id, describedBy(event), beganAt)).life.follow(event);
    },
    onEvent: (event) => {
      const { id, action, timeNano } = event;
      const subject = subjectOf(event);
      const isCounted = subject === undefined || isWanted(subject);
      if (isCounted) events.add(event);
      if (isLifecycle(event) && subject !== undefined && isCounted) {
        const inspection = action === 'create' ? neverInspected : undefined;
        const entry = entries.get(id) ?? begin(id, subject, timeNano / 1e9, inspection);
        entry.described = subject;
        if (!entry.life.isCounted(event)) {
          const recent = recentEventOf(event, subject.name);
          for (const list of [entry.recentEvents, recentEvents]) list.add(recent);
          entry.life.count(event, recent, containers.get(id)?.inspection);
        }
      }
      if (event.type === 'container' && action === 'destroy') entries.delete(id);
    },
    onGap: () => {
      gaps += 1;
      mistrust();
    },
    onBlind: mistrust,
  });

  return {
    reconcile: () => {
      for (const container of containers.all()) {
        const { id, inspection, isStale } = container;
        const entry = entries.get(id) ?? beginUnannounced(container);
        entry.described = container;
        if (inspection === undefined) continue;
        entry.life.compare(inspection, isStale);
        if (entry.isShown || !isWanted(container)) continue;
        entry.isShown = true;
        sums.add(combinationOf(container));
      }
      for (const [id, { life }] of entries) if (containers.get(id) === undefined && life.leave()) entries.delete(id);
      if (!inventory.isListed()) return;
      hasBegun = true;
      isMistrusted = false;
    },
    get: (id) => {
      const { counts = noCounts, countedSince = now() / 1000, recentEvents: own } = entries.get(id) ?? {};
      return { ...counts, countedSince, recentEvents: own?.list() ?? [] };
    },
    totals: () => ({ sums: sums.all(), events: events.all(), gaps, recentEvents: recentEvents.list() }),
  };
}

function combinationOf({ image, labels }: Described) {
  return { image, ...composeOf(labels) };
}
