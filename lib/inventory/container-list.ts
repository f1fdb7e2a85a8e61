import { isObject, nonEmptyString, textsIn } from '../docker/json-values.ts';
import { type Health, healthFromStatus, nameOf } from './inspection.ts';

/** An element of the container list whose identity is known; what was there in a wrong type is empty. */
export interface ListedContainer {
  readonly id: string;
  /** Without its leading slash; the short id where there is none. */
  readonly name: string;
  /** A bare image id once the tag has moved on to another image. */
  readonly image: string;
  /** In lower case; `unknown` where the list does not say. */
  readonly state: string;
  readonly health: Health;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ContainerList {
  /** No two have the same id. */
  readonly containers: readonly ListedContainer[];
  /** How many elements are no containers, or have no id of their own. */
  readonly unusable: number;
  /** How many containers there was no room for. */
  readonly leftOut: number;
}

/** Puts together a list of containers whose elements come one by one. */
export interface ContainerListReader {
  read(element: unknown): void;
  list(): ContainerList;
}

/** Of containers that are not known it takes `maxNew`, so that a list without end takes no memory without end. */
export function createContainerListReader(isKnown: (id: string) => boolean, maxNew: number): ContainerListReader {
  const found = new Map<string, ListedContainer>();
  let room = maxNew;
  let unusable = 0;
  let leftOut = 0;
  return {
    read: (element) => {
      const container = readListedContainer(element);
      if (container === undefined || found.has(container.id)) unusable += 1;
      else if (isKnown(container.id)) found.set(container.id, container);
      else if (room === 0) leftOut += 1;
      else {
        room -= 1;
        found.set(container.id, container);
      }
    },
    list: () => ({ containers: [...found.values()], unusable, leftOut }),
  };
}

/** Reads an element of `GET /containers/json`; undefined without an id that is fit for the path of a request. */
export function readListedContainer(element: unknown): ListedContainer | undefined {
  if (!isObject(element)) return undefined;
  const { Id: id, Names: names, Image: image, State: state, Status: status, Labels: labels } = element;
  if (typeof id !== 'string' || !isContainerId(id)) return undefined;
  return {
    id,
    name: ownName(names) ?? shortId(id),
    image: nonEmptyString(image) ?? '',
    state: nonEmptyString(state)?.toLowerCase() ?? 'unknown',
    health: healthFromStatus(status),
    labels: textsIn(labels),
  };
}

/** The container's own name among those that links gave it, which hold a second slash. */
function ownName(names: unknown): string | undefined {
  const found = Array.isArray(names) ? names.map(nameOf) : [];
  return found.find((name) => name?.includes('/') === false) ?? found[0];
}

/** Whether an id is fit for the path of a request. */
export function isContainerId(id: string): boolean {
  return /^[a-zA-Z0-9][\w.-]{0,127}$/.test(id);
}

/** The 12 characters that people know an id by. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/** Leaves a name to the first of several that have it; the others go by their ids, lest their series become one. */
export function withUniqueNames<T extends { readonly id: string; readonly name: string }>(
  containers: readonly T[],
): T[] {
  const owners = new Map(containers.map(({ id }) => [id, id]));
  return containers.map((container) => {
    const { id } = container;
    const name = [container.name, shortId(id)].find((each) => (owners.get(each) ?? id) === id) ?? id;
    owners.set(name, id);
    return name === container.name ? container : { ...container, name };
  });
}
