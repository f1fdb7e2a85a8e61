import type { EngineEvent } from '../docker/events.ts';
import type { MemoryShare } from '../memory-budget.ts';
import { type ListedContainer, isContainerId, shortId } from './container-list.ts';
import { type Filters, isBareImageId } from './filters.ts';
import { type Inspection, nameOf } from './inspection.ts';
import { createKeptContainers } from './kept-containers.ts';
import { type KnownContainer, describedBy, inspected, newContainer } from './known-container.ts';
import type { KeepLabel } from './labels.ts';

export interface RegistryOptions {
  /** What containers are charged to. */
  readonly share: MemoryShare;
  /** Looked up for each container. */
  readonly filters: () => Filters;
  readonly keepLabel: KeepLabel;
}

/** How many containers are in which of the states that /info counts; whatever neither runs nor is paused is stopped. */
export interface StateCounts {
  readonly running: number;
  readonly paused: number;
  readonly stopped: number;
}

/** Takes in a list of containers, each as it comes. */
export interface ListReader {
  /** False for one that was in the list before. */
  read(listed: ListedContainer): boolean;
  /** The list is over: what was not in it is gone. */
  finish(): void;
}

/** All containers of the engine. What is known of one is replaced, never changed. */
export interface ContainerRegistry {
  get(id: string): KnownContainer | undefined;
  /** Those too of which only name and state are kept. */
  all(): IterableIterator<KnownContainer>;
  counts(): StateCounts;
  /** A moment to say later what an answer was asked after. */
  now(): number;
  /** Takes in an event. Those of one container have to come in their order. */
  apply(event: EngineEvent): void;
  /** Marks one that something has happened to, in whatever order. */
  touch(id: string): void;
  /** Nothing that is known holds any more. */
  touchAll(): void;
  /** Takes in what inspect answered; `askedAt` is the moment before the call. */
  setInspection(id: string, inspection: Inspection, askedAt: number): void;
  /**
   * Takes in a list; where it differs from what is known, and nothing happened since it was asked for, it is right.
   * `engineTime` is the engine's clock before that, in Unix seconds: the list holds what happened earlier.
   */
  readList(askedAt: number, engineTime: number): ListReader;
  /** How many wanted containers there was no room for. */
  leftOut(): number;
  /** Whether a list would find room for one of these. */
  hasRoom(): boolean;
  /** Takes room for series beyond the usual ones of a container; false where there is none. */
  setExtraSeries(id: string, count: number): boolean;
  delete(id: string): void;
  clear(): void;
}

/** What an action leaves behind; `kill`, `stop` and `oom` are followed by a `die`. */
const stateAfter: Readonly<Record<string, Partial<KnownContainer>>> = {
  create: { state: 'created' },
  start: { state: 'running' },
  restart: { state: 'running' },
  die: { state: 'exited' },
  pause: { state: 'paused' },
  unpause: { state: 'running' },
  'health_status: healthy': { health: 'healthy' },
  'health_status: unhealthy': { health: 'unhealthy' },
};

/** Actions that leave everything as it is that inspect says. */
const harmless: ReadonlySet<string> = new Set([
  'archive-path',
  'attach',
  'commit',
  'copy',
  'detach',
  'export',
  'extract-to-dir',
  'prune',
  'resize',
  'top',
]);

/** Whether an action leaves everything as it is that inspect says. */
export function isHarmless(action: string): boolean {
  return harmless.has(action);
}

/** Bytes that have to be free before containers that are not even known by name are asked for again. */
const roomBytes = 64 * 1_024;

export function createContainerRegistry({ share, filters, keepLabel }: RegistryOptions): ContainerRegistry {
  const kept = createKeptContainers(share, filters);
  let moment = 0;
  /** The engine's clock before the last list, in Unix seconds. */
  let listedAt = 0;
  /** How many of the last list there was no room for, not even briefly. */
  let unlisted = 0;

  const known = (id: string): KnownContainer | undefined => kept.get(id)?.container;

  const change = (id: string, changes: Partial<KnownContainer>): void => {
    moment += 1;
    kept.put({ ...(known(id) ?? newContainer(id)), ...changes, isStale: true }, moment);
  };

  /** Changes one that is known. */
  const touch = (id: string): void => {
    if (known(id) !== undefined) change(id, {});
  };

  return {
    get: known,
    *all() {
      for (const [, { container }] of kept.entries()) yield container;
    },
    counts: () => {
      const counts = { running: 0, paused: 0, stopped: 0 };
      for (const [, { container }] of kept.entries()) {
        const { state } = container;
        counts[state === 'running' || state === 'paused' ? state : 'stopped'] += 1;
      }
      return counts;
    },
    now: () => moment,
    apply: (event) => {
      const { type, action, id, attributes, timeNano } = event;
      if (type !== 'container') {
        // A volume or network that a container got or lost: it starts, or tried to.
        touch(attributes['container'] ?? '');
        return;
      }
      if (action === 'destroy') {
        kept.delete(id);
        return;
      }
      if (isHarmless(action) || !isContainerId(id)) return;
      // A stream that lags behind the list tells of states that have passed, and of containers that are gone.
      if (timeNano / 1e9 < listedAt) {
        touch(id);
        return;
      }
      const before = known(id);
      // Any other action may come late as well, of one that is known to be gone.
      if (action !== 'create' && before === undefined) return;
      change(id, {
        ...(before?.isBrief === false ? {} : { ...describedBy(event, keepLabel), isBrief: false }),
        ...stateAfter[action],
        ...(action === 'rename' ? { name: nameOf(attributes['name']) ?? shortId(id) } : {}),
      });
    },
    touch,
    touchAll: () => {
      for (const [id] of kept.entries()) touch(id);
    },
    setInspection: (id, inspection, askedAt) => {
      const { container, touchedAt = 0 } = kept.get(id) ?? {};
      if (container === undefined || container.isBrief) return;
      kept.put(inspected(container, inspection, touchedAt > askedAt), touchedAt);
    },
    readList: (askedAt, engineTime) => {
      const seen = new Set<string>();
      let withoutRoom = 0;
      return {
        read: (listed) => {
          const { id } = listed;
          if (seen.has(id)) return false;
          const entry = kept.get(id);
          if (entry === undefined || entry.container.isBrief) {
            if (entry === undefined || entry.touchedAt <= askedAt) change(id, { ...listed, isBrief: false });
          } else if (entry.touchedAt <= askedAt && differs(entry.container, listed)) {
            change(id, merged(entry.container, listed));
          }
          if (kept.get(id) === undefined) withoutRoom += 1;
          else seen.add(id);
          return true;
        },
        finish: () => {
          for (const [id, { touchedAt }] of kept.entries()) {
            if (touchedAt <= askedAt && !seen.has(id)) kept.delete(id);
          }
          listedAt = engineTime;
          unlisted = withoutRoom;
        },
      };
    },
    leftOut: () => kept.leftOut() + unlisted,
    hasRoom: () => kept.hasRoom() || (unlisted > 0 && share.freeBytes() >= roomBytes),
    setExtraSeries: kept.setExtraSeries,
    delete: kept.delete,
    clear: () => {
      moment += 1;
      kept.clear();
    },
  };
}

/** Of a container that is paused or has ended, the list shows no health. */
function differs({ name, state, health }: KnownContainer, listed: ListedContainer): boolean {
  return name !== listed.name || state !== listed.state || (state === 'running' && health !== listed.health);
}

function merged({ image }: KnownContainer, listed: ListedContainer): ListedContainer {
  return isBareImageId(listed.image) ? { ...listed, image: image === '' ? listed.image : image } : listed;
}
