import { type MemoryShare, seriesBytes } from '../memory-budget.ts';
import { type Filters, isBareImageId, isWanted } from './filters.ts';
import { hasRun } from './inspection.ts';
import type { Described, KnownContainer } from './known-container.ts';

/** A container, and the moment of its last change. */
export interface KeptContainer {
  readonly container: KnownContainer;
  readonly touchedAt: number;
}

/**
 * The containers that memory has room for. Of those that the filters leave out, and of those that do not fit, only name
 * and state are kept: enough to know that they are there. One that is wanted and runs takes the room of others, and an
 * ordinary one that of those with very long labels.
 */
export interface KeptContainers {
  get(id: string): KeptContainer | undefined;
  entries(): IterableIterator<[string, KeptContainer]>;
  /** Keeps it in full where it is wanted and fits; one that is brief stays brief. */
  put(container: KnownContainer, touchedAt: number): void;
  delete(id: string): void;
  clear(): void;
  /** How many that are wanted are not kept in full. */
  leftOut(): number;
  /** Whether one of these would fit by now. */
  hasRoom(): boolean;
  /** Takes room for series of its interfaces, devices and CPUs beyond the usual ones; false where there is none. */
  setExtraSeries(id: string, count: number): boolean;
}

interface Entry extends KeptContainer {
  /** What it takes of the share. */
  readonly bytes: number;
  /** What it would take in full. */
  readonly fullBytes: number;
  extraBytes: number;
}

/** Of a container without its series: its inspection, its last events, what is known of its run. */
const recordBytes = 10 * 1_024;

/** Series of an ordinary container on a page. */
export const usualSeries = 40;

/** More than an ordinary container takes: one that does is left out rather than several others. */
const ordinaryBytes = 64 * 1_024;

/** Of one whose name and state alone are kept. */
const briefBytes = 512;

/** What series beyond the usual ones may take of what is kept, lest one container with a thousand devices takes it all. */
const extraShare = 0.5;

export function createKeptContainers(share: MemoryShare, filters: () => Filters): KeptContainers {
  const kept = new Map<string, Entry>();
  /** Those kept in full that have to give way to one that is wanted and runs. */
  const displaceable = new Set<string>();
  /** Those that have to give way to an ordinary one that is wanted and runs. */
  const large = new Set<string>();
  const extras = share.part(extraShare);

  const release = (id: string): void => {
    share.release(kept.get(id)?.bytes ?? 0);
    displaceable.delete(id);
    large.delete(id);
  };

  const drop = (id: string): void => {
    release(id);
    extras.release(kept.get(id)?.extraBytes ?? 0);
    kept.delete(id);
  };

  /** Keeps what was taken room for. */
  const keepFully = (container: KnownContainer, touchedAt: number, fullBytes: number): void => {
    const { id } = container;
    const extraBytes = kept.get(id)?.extraBytes ?? 0;
    kept.set(id, { container, touchedAt, bytes: fullBytes, fullBytes, extraBytes });
    if (!isFirst(container)) displaceable.add(id);
    else if (fullBytes > ordinaryBytes) large.add(id);
  };

  const keepBriefly = (container: KnownContainer, touchedAt: number, fullBytes: number): void => {
    const { id, name } = container;
    const bytes = briefBytes + name.length;
    extras.release(kept.get(id)?.extraBytes ?? 0);
    if (share.take(bytes)) kept.set(id, { container: briefly(container), touchedAt, bytes, fullBytes, extraBytes: 0 });
    else kept.delete(id);
  };

  /** Those that give way to one of so many bytes, in that order. */
  const givingWay = (container: KnownContainer, bytes: number): string[] => {
    if (!isFirst(container)) return [];
    return bytes > ordinaryBytes ? [...displaceable] : [...displaceable, ...large];
  };

  /** Whether it fits, or would if others gave way. */
  const canFit = (container: KnownContainer, bytes: number): boolean => {
    const others = givingWay(container, bytes).reduce((sum, id) => sum + (kept.get(id)?.bytes ?? 0), 0);
    return share.freeBytes() + others >= bytes;
  };

  const take = (container: KnownContainer, bytes: number): boolean => {
    if (share.take(bytes)) return true;
    if (!canFit(container, bytes)) return false;
    for (const id of givingWay(container, bytes)) {
      const entry = kept.get(id);
      release(id);
      if (entry !== undefined) keepBriefly(entry.container, entry.touchedAt, entry.fullBytes);
      if (share.take(bytes)) return true;
    }
    return false;
  };

  const waiting = (): Entry[] => [...kept.values()].filter(({ container }) => container.isBrief && container.isWanted);

  return {
    get: (id) => kept.get(id),
    entries: () => kept.entries(),
    put: (described, touchedAt) => {
      const { id, isBrief } = described;
      const before = kept.get(id);
      release(id);
      if (isBrief) {
        keepBriefly(described, touchedAt, before?.fullBytes ?? 0);
        return;
      }
      const container = { ...described, isWanted: isWanted(described, filters()) };
      const fullBytes = recordBytes + usualSeries * seriesBytes(textLength(container));
      const isOfUse = container.isWanted || isUndecided(container, filters());
      if (isOfUse && take(container, fullBytes)) keepFully(container, touchedAt, fullBytes);
      else keepBriefly(container, touchedAt, fullBytes);
    },
    delete: drop,
    clear: () => {
      for (const id of kept.keys()) drop(id);
    },
    leftOut: () => waiting().length,
    hasRoom: () => waiting().some(({ container, fullBytes }) => canFit(container, fullBytes)),
    setExtraSeries: (id, count) => {
      const entry = kept.get(id);
      if (entry === undefined || entry.container.isBrief) return count === 0;
      extras.release(entry.extraBytes);
      const bytes = count * seriesBytes(textLength(entry.container));
      const fits = extras.take(bytes);
      entry.extraBytes = fits ? bytes : 0;
      return fits;
    },
  };
}

/** Whether others give way to it. */
function isFirst(container: KnownContainer): boolean {
  return container.isWanted && hasRun(container);
}

/** Where rules go by images, one whose tag moved on is inspected before it is known whether it is wanted. */
function isUndecided({ image }: KnownContainer, { include, exclude }: Filters): boolean {
  return isBareImageId(image) && include.images.length + exclude.images.length > 0;
}

function briefly(container: KnownContainer): KnownContainer {
  return { ...container, image: '', labels: {}, inspection: undefined, isStale: false, isBrief: true };
}

/** Characters that its name, image and labels have. */
export function textLength({ name, image, labels }: Described): number {
  let length = name.length + image.length;
  for (const [key, value] of Object.entries(labels)) length += key.length + value.length;
  return length;
}
