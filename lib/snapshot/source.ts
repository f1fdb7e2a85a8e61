import type { Snapshot } from './facts.ts';
import type { CollectSnapshot, SnapshotCollection } from './collector.ts';

export interface SourceOptions {
  readonly collect: CollectSnapshot;
  /** The longest that a caller waits, in milliseconds. */
  readonly timeout: number;
  /** Milliseconds between snapshots taken in the background; 0 takes one when asked. */
  readonly interval: number;
  /** Milliseconds for which a snapshot may be served again; 0 for never. */
  readonly cacheTtl: number;
  /** Told of every finished snapshot. */
  readonly onSnapshot?: (snapshot: Snapshot) => void;
}

/** Where scrapes and pushes get their snapshot from. */
export interface SnapshotSource {
  /**
   * A snapshot, at the latest after `timeoutMillis`; what is not there by then is missing and counted. Rejects where it
   * could not be taken at all, which is a fault of the program; the next one is a new one.
   */
  get(options?: { readonly timeoutMillis?: number | undefined }): Promise<Snapshot>;
  /** Begins taking snapshots in the background, where an interval is set. */
  start(): void;
  /** Ends the background work and gives up calls under way. */
  stop(): void;
}

/** A snapshot that is being taken, and who waits for it. */
interface Flight {
  readonly collection: SnapshotCollection;
  readonly result: Promise<Snapshot>;
  /** By the clock of performance.now(), which nobody sets. */
  readonly begunAt: number;
  /** Gives it up where nobody waits for it. */
  expiry: NodeJS.Timeout | undefined;
  waiting: number;
  /** A caller ran out of time before it was complete. */
  isLate: boolean;
  isCancelled: boolean;
}

/**
 * Milliseconds without an answer after which a collection that somebody could not wait for is no longer shared: what is
 * still missing hangs, and the rest is no longer new. An engine that samples once a second needs that second and a moment
 * of load.
 */
const stalledMs = 2_500;

/**
 * What calls are allowed for at the least: what a scraper waits that sets no timeout of its own. One in a hurry takes what
 * is there, and leaves the rest to those who come after it.
 */
const leastBudgetMs = 10_000;

/**
 * Callers that arrive while a snapshot is being taken share it. Each has its own time, after which it gets what is there;
 * the collection goes on for the others, and its calls may take as long as the most patient of them allows. One that nobody
 * waits for goes on for the next caller as long as it gets answers: so there is one of these at most.
 */
export function createSnapshotSource(options: SourceOptions): SnapshotSource {
  const { collect, timeout, interval, cacheTtl } = options;
  let newest: { readonly snapshot: Snapshot; readonly begunAt: number } | undefined;
  let open: Flight | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flights = new Set<Flight>();

  const cancel = (flight: Flight): void => {
    flight.isCancelled = true;
    flight.collection.cancel();
  };

  const msUntilStalled = ({ collection }: Flight): number => collection.lastAnswerAt() + stalledMs - performance.now();

  const isShared = (flight: Flight): boolean => !flight.isLate || msUntilStalled(flight) > 0;

  /** Gives up what nobody waits for, now or as soon as no other caller would share it. */
  const leave = (flight: Flight): void => {
    clearTimeout(flight.expiry);
    if (flight.waiting > 0 || !flights.has(flight)) return;
    if (isShared(flight)) flight.expiry = setTimeout(() => leave(flight), msUntilStalled(flight)).unref();
    else cancel(flight);
  };

  const begin = (milliseconds: number): Flight => {
    const collection = collect(Math.max(milliseconds, Math.min(timeout, leastBudgetMs)));
    const give = async (): Promise<Snapshot> => {
      try {
        await collection.finished;
        return complete(flight);
      } finally {
        flights.delete(flight);
        clearTimeout(flight.expiry);
        if (open === flight) open = undefined;
      }
    };
    const flight: Flight = {
      collection,
      result: give(),
      begunAt: performance.now(),
      expiry: undefined,
      waiting: 0,
      isLate: false,
      isCancelled: false,
    };
    // Whoever waits hears of it.
    flight.result.catch(() => undefined);
    flights.add(flight);
    return flight;
  };

  const complete = ({ collection, begunAt, isCancelled }: Flight): Snapshot => {
    const snapshot = collection.partial();
    // What was given up is no answer for others, unless nothing else comes.
    const isOfUse = !isCancelled || interval > 0;
    if (isOfUse && (newest === undefined || newest.begunAt <= begunAt)) newest = { snapshot, begunAt };
    options.onSnapshot?.(snapshot);
    return snapshot;
  };

  const waitFor = async (flight: Flight, milliseconds: number): Promise<Snapshot> => {
    flight.waiting += 1;
    const deadline = alarm(milliseconds);
    try {
      const snapshot = await Promise.race([flight.result, deadline.rings]);
      if (snapshot !== undefined) return snapshot;
      flight.isLate = true;
      return flight.collection.partial();
    } finally {
      deadline.clear();
      flight.waiting -= 1;
      leave(flight);
    }
  };

  const fresh = (milliseconds: number): Promise<Snapshot> => {
    if (open === undefined || !isShared(open)) open = begin(milliseconds);
    open.collection.allow(milliseconds);
    return waitFor(open, milliseconds);
  };

  /** A snapshot of a daemon that was away must not hide that it is back. */
  const cached = (): Snapshot | undefined => {
    if (newest === undefined) return undefined;
    const { snapshot, begunAt } = newest;
    if (interval > 0) return snapshot;
    return snapshot.up && performance.now() - begunAt < cacheTtl ? snapshot : undefined;
  };

  const tick = async (): Promise<void> => {
    const begun = performance.now();
    // The next one is a new one.
    await fresh(timeout).catch(() => undefined);
    if (timer === undefined) return;
    timer = setTimeout(() => void tick(), Math.max(0, begun + interval - performance.now()));
  };

  return {
    get: async ({ timeoutMillis = timeout } = {}) => cached() ?? fresh(Math.min(timeout, timeoutMillis)),
    start: () => {
      if (interval > 0) timer = setTimeout(() => void tick(), 0);
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      flights.forEach(cancel);
    },
  };
}

function alarm(milliseconds: number): { readonly rings: Promise<undefined>; clear(): void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  return { rings: promise, clear: () => clearTimeout(timer) };
}
