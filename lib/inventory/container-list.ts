import { isObject, nonEmptyString } from '../docker/json-values.ts';
import { type Health, healthFromStatus, nameOf } from './inspection.ts';
import { type KeepLabel, type Labels, labelsIn } from './labels.ts';

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
  readonly labels: Labels;
}

/** Reads an element of `GET /containers/json`; undefined without an id that is fit for the path of a request. */
export function readListedContainer(element: unknown, keepLabel: KeepLabel): ListedContainer | undefined {
  if (!isObject(element)) return undefined;
  const { Id: id, Names: names, Image: image, State: state, Status: status, Labels: labels } = element;
  if (typeof id !== 'string' || !isContainerId(id)) return undefined;
  return {
    id,
    name: ownName(names) ?? shortId(id),
    image: nonEmptyString(image) ?? '',
    state: nonEmptyString(state)?.toLowerCase() ?? 'unknown',
    health: healthFromStatus(status),
    labels: labelsIn(labels, keepLabel),
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
