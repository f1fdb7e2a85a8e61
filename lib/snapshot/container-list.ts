import type { ContainerSummary } from '../docker/api.ts';
import { EngineError } from '../docker/errors.ts';
import { isObject, nonEmptyString } from './json-values.ts';

/** An element of the container list whose identity is known; what was there in a wrong type is empty. */
export type ListedContainer = ContainerSummary & {
  readonly Id: string;
  /** In lower case; `unknown` where the list does not tell. */
  readonly State: string;
};

export interface ContainerList {
  /** No two have the same id or the same name. */
  readonly containers: readonly ListedContainer[];
  /** How many elements are no containers, or have no id of their own. */
  readonly unusable: number;
}

/** Reads the container list; throws an EngineError when it is none. */
export function parseContainerList(answer: unknown): ContainerList {
  if (!Array.isArray(answer)) {
    throw new EngineError('malformed', 'GET /containers/json: the answer is not a list');
  }
  const found = new Map<string, ListedContainer>();
  for (const element of answer as readonly unknown[]) {
    const container = isObject(element) ? readElement(element) : undefined;
    if (container !== undefined && !found.has(container.Id)) found.set(container.Id, container);
  }
  return { containers: withNamesOfTheirOwn([...found.values()]), unusable: answer.length - found.size };
}

/** Undefined without an id that is fit for the path of a request. */
function readElement({ Id, Names, Image, State, Status, Labels }: Readonly<Record<string, unknown>>) {
  if (typeof Id !== 'string' || !/^[a-zA-Z0-9][\w.-]*$/.test(Id)) return undefined;
  return {
    Id,
    Names: Array.isArray(Names) ? [nonEmptyString(Names[0]) ?? ''] : [],
    Image: nonEmptyString(Image) ?? '',
    State: nonEmptyString(State)?.toLowerCase() ?? 'unknown',
    Status: nonEmptyString(Status) ?? '',
    Labels: isObject(Labels) ? Labels : {},
  };
}

/** Leaves a name to the first of several that have it; the others go by their ids, lest their series become one. */
function withNamesOfTheirOwn(containers: readonly ListedContainer[]): ListedContainer[] {
  const owners = new Map(containers.map(({ Id }) => [Id, Id]));
  return containers.map((container) => {
    const { Id } = container;
    const name = [containerName(container), shortId(Id)].find((each) => (owners.get(each) ?? Id) === Id) ?? Id;
    owners.set(name, Id);
    return { ...container, Names: [`/${name}`] };
  });
}

/** The first name, without its leading slash; the short id where there is no name. */
export function containerName({ Id = '', Names }: ContainerSummary): string {
  const name = Names?.[0]?.replace(/^\//, '') ?? '';
  return name === '' ? shortId(Id) : name;
}

/** The 12 characters that people know an id by. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/** The value of a container label, or an empty string. */
export function containerLabel(summary: ContainerSummary, key: string): string {
  return nonEmptyString(summary.Labels?.[key]) ?? '';
}

/** All labels of a container that hold text. */
export function containerLabels(labels: unknown): Readonly<Record<string, string>> {
  return isObject(labels)
    ? Object.fromEntries(
        Object.entries(labels).flatMap(([key, value]) =>
          typeof value === 'string' ? [[key.toWellFormed(), value.toWellFormed()]] : [],
        ),
      )
    : {};
}
