import type { Snapshot } from './facts.ts';
import type { CollectSnapshot, SnapshotCollection } from './collector.ts';

export interface SourceOptions {
  readonly collect: CollectSnapshot;
  /** The longest a snapshot may take, in milliseconds. */
  readonly timeout: number;
  /** Milliseconds between snapshots taken in the background; 0 takes one when asked. */
  readonly interval: number;
  /** Milliseconds for which a snapshot may be served again; 0 for never. */
  readonly cacheTtl: number;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Told of every finished snapshot. */
  readonly onSnapshot?: (snapshot: Snapshot) => void;
}

/** Where scrapes and pushes get their snapshot from. */
export interface SnapshotSource {
  /** A snapshot, at the latest after `timeoutMillis`; what is not there by then is missing and counted. Never rejects. */
  get(options?: { readonly timeoutMillis?: number | undefined }): Promise<Snapshot>;
  /** Begins taking snapshots in the background, where an interval is set. */
  start(): void;
  /** Ends the background work and gives up calls under way. */
  stop(): void;
}

/** A snapshot being taken, and who waits for it. */
interface Flight {
  readonly taking: SnapshotCollection;
  readonly result: Promise<Snapshot>;
  waiting: number;
  /** A caller ran out of time before it was complete: the next one starts a new collection. */
  late: boolean;
}

/** Callers that arrive while a snapshot is being taken share it. */
export function createSnapshotSource(options: SourceOptions): SnapshotSource {
  const { collect, timeout, interval, cacheTtl, now } = options;
  let newest: Snapshot | undefined;
  let open: Flight | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flights = new Set<Flight>();

  const begin = (budget: number): Flight => {
    const taking = collect(budget);
    const result = taking.finished.then(() => {
      const snapshot = taking.partial();
      flights.delete(flight);
      if (open === flight) open = undefined;
      if (newest === undefined || newest.takenAt <= snapshot.takenAt) newest = snapshot;
      options.onSnapshot?.(snapshot);
      return snapshot;
    });
    const flight: Flight = { taking, result, waiting: 0, late: false };
    flights.add(flight);
    return flight;
  };

  const waitFor = async (flight: Flight, budget: number): Promise<Snapshot> => {
    flight.waiting += 1;
    const deadline = alarm(budget);
    const complete = await Promise.race([flight.result, deadline.rings]);
    deadline.clear();
    flight.waiting -= 1;
    if (complete !== undefined) return complete;
    flight.late = true;
    flight.taking.failPending();
    const partial = flight.taking.partial();
    if (flight.waiting === 0) flight.taking.cancel();
    return partial;
  };

  const fresh = (budget: number): Promise<Snapshot> => {
    if (open === undefined || open.late) open = begin(budget);
    return waitFor(open, budget);
  };

  /** A snapshot of a daemon that was away must not hide that it is back. */
  const cached = (): Snapshot | undefined => {
    if (newest === undefined) return undefined;
    if (interval > 0) return newest;
    return newest.up && now() - newest.takenAt < cacheTtl ? newest : undefined;
  };

  const tick = async (): Promise<void> => {
    const begun = now();
    await fresh(timeout);
    if (timer === undefined) return;
    timer = setTimeout(() => void tick(), Math.max(0, begun + interval - now()));
  };

  return {
    get: async ({ timeoutMillis = timeout } = {}) => cached() ?? fresh(Math.min(timeout, timeoutMillis)),
    start: () => {
      if (interval > 0) timer = setTimeout(() => void tick(), 0);
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      for (const flight of flights) flight.taking.cancel();
    },
  };
}

function alarm(milliseconds: number): { readonly rings: Promise<undefined>; clear(): void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  return { rings: promise, clear: () => clearTimeout(timer) };
}
