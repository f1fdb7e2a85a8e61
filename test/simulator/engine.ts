import { hasProcesses, isListedByDefault } from './container.ts';
import type { SimulatedContainer } from './container.ts';
import type { EventLog } from './events.ts';
import { inspection } from './inspection.ts';
import { listEntry } from './listing.ts';
import type { Profile } from './profile.ts';
import { statsBody } from './stats.ts';
import type { ContainerStore } from './store.ts';
import { isOlder } from './routes.ts';
import { allTypes, diskUsage, images, information, networks, volumes } from './system.ts';

/** An engine as the server sees it: the bodies of its answers, ready to send. */
export interface Engine {
  readonly apiVersion: string;
  readonly minimumApiVersion: string;
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly events: EventLog;
  /** Unix milliseconds. */
  now(): number;
  /** The id of the container that is given by its id, 12-character id or name. */
  find(reference: string): string | undefined;
  /** Whether it runs or is paused. */
  hasProcesses(id: string): boolean;
  version(): string;
  info(): string;
  images(): string;
  volumes(): string;
  networks(): string;
  /** No types stand for all. */
  diskUsage(types: readonly string[]): string;
  list(all: boolean): string;
  inspect(id: string): string;
  /** A sample of now; `previous` is the time of the one before it, a one-shot has none. */
  stats(id: string, previous?: number): string;
}

/** Makes the engine of that profile over a store's containers; `clock` gives Unix milliseconds. */
export function createEngine(profile: Profile, store: ContainerStore, events: EventLog, clock: () => number): Engine {
  const { kind, apiVersion, minimumApiVersion, headers } = profile;

  function get(id: string): SimulatedContainer {
    const container = store.find(id);
    if (container === undefined) throw new Error(`No such container: ${id}`);
    return container;
  }

  return {
    apiVersion,
    minimumApiVersion,
    headers,
    events,
    now: clock,
    find: (reference) => store.find(reference)?.id,
    hasProcesses: (id) => hasProcesses(get(id)),
    version: () => JSON.stringify(profile.version),
    info: () => JSON.stringify(information(profile, store.all(), clock())),
    images: () => JSON.stringify(images(store.all())),
    volumes: () => JSON.stringify(volumes(store.all())),
    networks: () => JSON.stringify(networks(store.all())),
    diskUsage: (types) =>
      JSON.stringify(diskUsage(store.all(), types.length === 0 || isOlder(apiVersion, '1.42') ? allTypes : types)),
    list(all) {
      const now = clock();
      const shown = store.all().filter((container) => all || isListedByDefault(container));
      return JSON.stringify(shown.toReversed().map((container) => listEntry(kind, container, now)));
    },
    inspect: (id) => inspection(kind, get(id)),
    stats: (id, previous) => statsBody(profile, get(id), clock(), previous),
  };
}
