import type { ContainerSummary } from '../docker/api.ts';
import { EngineError } from '../docker/errors.ts';

/** An element of the container list whose identity is known. */
export type ListedContainer = ContainerSummary & { readonly Id: string };

/** Reads the container list; throws an EngineError when it is none. Elements without an id are left out. */
export function parseContainerList(answer: unknown): ListedContainer[] {
  if (!Array.isArray(answer)) {
    throw new EngineError('malformed', 'GET /containers/json: the answer is not a list');
  }
  return (answer as unknown[]).filter(isListed);
}

function isListed(element: unknown): element is ListedContainer {
  const id = (element as ContainerSummary | null | undefined)?.Id;
  return typeof id === 'string' && id !== '';
}

/** The first name, without its leading slash; the short id where there is no name. */
export function containerName(summary: ContainerSummary): string {
  const first: unknown = summary.Names?.[0];
  return typeof first === 'string' && first !== '' ? first.replace(/^\//, '') : shortId(String(summary.Id));
}

/** The 12 characters that people know an id by. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/** The value of a container label, or an empty string. */
export function containerLabel(summary: ContainerSummary, key: string): string {
  const value: unknown = summary.Labels?.[key];
  return typeof value === 'string' ? value : '';
}
