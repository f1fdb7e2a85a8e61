import type { EngineInfo } from '../docker/api.ts';
import type { CountedEndpoint } from '../docker/client.ts';
import type { EngineEvent } from '../docker/events.ts';
import { unsignedNumber } from '../docker/json-values.ts';

/** What is only counted, by the list that it is counted from. */
export const resourceEndpoints = ['images/json', 'volumes', 'networks'] as const satisfies readonly CountedEndpoint[];

/** How many images, volumes and networks there are, and whether that still holds. */
export interface ResourceCounts {
  /** Undefined where the list failed the last time. */
  get(endpoint: CountedEndpoint): number | undefined;
  /** The lists that have to be asked for. */
  outdated(): CountedEndpoint[];
  /** Takes in an event. */
  apply(event: EngineEvent): void;
  /** Images come and go without an event too: /info counts them otherwise than their list, but as surely. */
  compareImages(info: EngineInfo): void;
  invalidateAll(): void;
  /** Has a list counted; rejects when that fails, and will want it again. */
  refresh(endpoint: CountedEndpoint, count: () => Promise<number>): Promise<void>;
}

/** Actions that neither make nor remove anything. */
const harmless: ReadonlySet<string> = new Set(['push', 'save', 'mount', 'unmount', 'connect', 'disconnect']);

const endpointOf: ReadonlyMap<string, CountedEndpoint> = new Map([
  ['image', 'images/json'],
  ['volume', 'volumes'],
  ['network', 'networks'],
]);

export function createResourceCounts(): ResourceCounts {
  const counts = new Map<CountedEndpoint, number>();
  const outdated = new Set<CountedEndpoint>(resourceEndpoints);
  let imagesInInfo: number | undefined;
  return {
    get: (endpoint) => counts.get(endpoint),
    outdated: () => [...outdated],
    apply: ({ type, action }) => {
      const endpoint = action === 'commit' ? 'images/json' : endpointOf.get(type);
      if (endpoint !== undefined && !harmless.has(action)) outdated.add(endpoint);
    },
    compareImages: (info) => {
      const images = unsignedNumber(info.Images);
      if (images !== imagesInInfo) outdated.add('images/json');
      imagesInInfo = images;
    },
    invalidateAll: () => resourceEndpoints.forEach((endpoint) => outdated.add(endpoint)),
    refresh: async (endpoint, count) => {
      // What an event says from here on may not be in the answer.
      outdated.delete(endpoint);
      try {
        counts.set(endpoint, await count());
      } catch (error) {
        outdated.add(endpoint);
        counts.delete(endpoint);
        throw error;
      }
    },
  };
}
