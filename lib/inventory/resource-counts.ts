import type { EngineInfo, VolumeList } from '../docker/api.ts';
import type { SystemEndpoint } from '../docker/client.ts';
import { EngineError } from '../docker/errors.ts';
import type { EngineEvent } from '../docker/events.ts';
import { isObject } from '../docker/json-values.ts';

/** What is only counted, by the list that it is counted from. */
export const resourceEndpoints = ['images/json', 'volumes', 'networks'] as const satisfies readonly SystemEndpoint[];
export type ResourceEndpoint = (typeof resourceEndpoints)[number];

/** How many images, volumes and networks there are, and whether that still holds. */
export interface ResourceCounts {
  /** Undefined where the list failed the last time. */
  get(endpoint: ResourceEndpoint): number | undefined;
  /** The lists that have to be asked for. */
  outdated(): ResourceEndpoint[];
  /** Takes in an event. */
  apply(event: EngineEvent): void;
  /** Images come and go without an event too: /info counts them otherwise than their list, but as surely. */
  compareImages(info: EngineInfo): void;
  invalidateAll(): void;
  /** Asks for a list; rejects when that fails, and will want it again. */
  refresh(endpoint: ResourceEndpoint, list: () => Promise<unknown>): Promise<void>;
}

/** Actions that neither make nor remove anything. */
const harmless: ReadonlySet<string> = new Set(['push', 'save', 'mount', 'unmount', 'connect', 'disconnect']);

const endpointOf: Readonly<Record<string, ResourceEndpoint>> = {
  image: 'images/json',
  volume: 'volumes',
  network: 'networks',
};

export function createResourceCounts(): ResourceCounts {
  const counts = new Map<ResourceEndpoint, number>();
  const outdated = new Set<ResourceEndpoint>(resourceEndpoints);
  let imagesInInfo: number | undefined;
  return {
    get: (endpoint) => counts.get(endpoint),
    outdated: () => [...outdated],
    apply: ({ type, action }) => {
      const endpoint = action === 'commit' ? 'images/json' : endpointOf[type];
      if (endpoint !== undefined && !harmless.has(action)) outdated.add(endpoint);
    },
    compareImages: ({ Images: images }) => {
      if (images !== imagesInInfo) outdated.add('images/json');
      imagesInInfo = images;
    },
    invalidateAll: () => resourceEndpoints.forEach((endpoint) => outdated.add(endpoint)),
    refresh: async (endpoint, list) => {
      // What an event says from here on may not be in the answer.
      outdated.delete(endpoint);
      try {
        counts.set(endpoint, lengthOf(endpoint, await list()));
      } catch (error) {
        outdated.add(endpoint);
        counts.delete(endpoint);
        throw error;
      }
    },
  };
}

function lengthOf(endpoint: ResourceEndpoint, answer: unknown): number {
  const list = endpoint === 'volumes' ? volumesIn(answer) : answer;
  if (!Array.isArray(list))
    throw new EngineError('malformed', `GET /${endpoint}: the answer is not what the API promises`);
  return list.length;
}

/** Null is an empty list in Go's JSON. */
function volumesIn(answer: unknown): unknown {
  const { Volumes: volumes }: VolumeList = isObject(answer) ? answer : {};
  return volumes === null ? [] : volumes;
}
