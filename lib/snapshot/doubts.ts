import type { KnownContainer } from '../inventory/known-container.ts';

/** How the reason begins of a container that runs, and whose figures the engine does not tell. */
export const withoutFigures = 'runs without figures: ';

/** Why a container has no figures, although the call for them was answered. */
export interface Unmeasured {
  /** Whether the engine says that there is no such container; otherwise that it does not run. */
  readonly isGone: boolean;
  readonly reason: string;
}

/** What one answer of the engine said and another contradicted, from one snapshot to the next. */
export interface Doubts {
  /** Containers that the engine said were gone. Those that a newer list has are not. */
  readonly missing: Set<string>;
  /** Those that run and have no figures, with the start of that run in Unix seconds: the proof is not repeated. */
  readonly unmeasured: Map<string, number | undefined>;
}

export function createDoubts(): Doubts {
  return { missing: new Set(), unmeasured: new Map() };
}

/** Forgets those that are gone indeed. */
export function forgetAllBut({ missing, unmeasured }: Doubts, exists: (id: string) => boolean): void {
  for (const id of missing) if (!exists(id)) missing.delete(id);
  for (const id of unmeasured.keys()) if (!exists(id)) unmeasured.delete(id);
}

/** Whether this run of a container is known to have no figures. */
export function isKnownAsUnmeasured({ unmeasured }: Doubts, { id, inspection }: KnownContainer): boolean {
  return unmeasured.has(id) && unmeasured.get(id) === inspection?.startedAt;
}
