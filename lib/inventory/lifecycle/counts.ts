import type { ExitReason } from './exits.ts';

/** What happened to a container, or to several added up. Replaced, never changed. */
export interface LifecycleCounts {
  readonly starts: number;
  readonly exits: Readonly<Record<ExitReason, number>>;
  readonly oomEvents: number;
  /** The length of all runs that ended. */
  readonly runSeconds: number;
}

/** Something that happened `count` times; `seconds` is the length of all those runs. */
export type LifecycleChange =
  | { readonly kind: 'start'; readonly count: number }
  | { readonly kind: 'oom'; readonly count: number }
  | { readonly kind: 'exit'; readonly reason: ExitReason; readonly count: number; readonly seconds: number };

export const noCounts: LifecycleCounts = {
  starts: 0,
  exits: { completed: 0, stopped: 0, oom_killed: 0, error: 0 },
  oomEvents: 0,
  runSeconds: 0,
};

export function changed(counts: LifecycleCounts, change: LifecycleChange): LifecycleCounts {
  if (change.kind === 'start') return { ...counts, starts: counts.starts + change.count };
  if (change.kind === 'oom') return { ...counts, oomEvents: counts.oomEvents + change.count };
  const { reason, count, seconds } = change;
  const exits = { ...counts.exits, [reason]: counts.exits[reason] + count };
  return { ...counts, exits, runSeconds: counts.runSeconds + seconds };
}
