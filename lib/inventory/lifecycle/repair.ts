import { type Inspection, hasRun } from '../inspection.ts';
import { type ExitReason, inspectedEnding, reasonOf } from './exits.ts';

/** What was counted of a container since an inspection, from events. */
export interface CountedSince {
  readonly starts: number;
  readonly exits: number;
  /** Unix seconds of the last `start` event; 0 for none. */
  readonly lastStartAt: number;
}

/** What two inspections prove to have happened between them, beyond what was counted. */
export interface Missed {
  readonly starts: number;
  readonly exits: readonly MissedExit[];
}

export interface MissedExit {
  readonly reason: ExitReason;
  /** The length of the run; 0 where it is not known. */
  readonly seconds: number;
}

/**
 * The least that must have happened to a container between two inspections. A `StartedAt` of its own is a start, and
 * each restart of the policy another one; ends follow from the starts and from whether it ran before and runs now. Of
 * several ends only the last is described, by the exit code and OOMKilled of one that does not run now: the others
 * count as `error` where the policy restarted it, else as `stopped`.
 */
export function missedBetween(before: Inspection, after: Inspection, counted: CountedSince): Missed {
  const { restarts, isCountReset } = policyRestarts(before, after);
  const lastStartAt = Math.max(counted.lastStartAt, before.startedAt ?? 0);
  const startedAt = after.startedAt ?? 0;
  const proven = restarts + Number(isCountReset);
  const starts = Math.max(proven - counted.starts, startedAt > lastStartAt ? 1 : 0);
  const balance = Number(hasRun(before)) + counted.starts + starts - Number(hasRun(after)) - counted.exits;
  const exits = Array.from({ length: Math.max(0, balance) }, (_, index): MissedExit => ({
    reason: index < restarts ? 'error' : 'stopped',
    seconds: 0,
  }));
  const last = exits.at(-1);
  if (last === undefined) return { starts, exits };
  const finishedAt = after.finishedAt ?? 0;
  if (!hasRun(after)) {
    const reason = reasonOf(inspectedEnding(after.exitCode, after.oomKilled));
    exits.splice(-1, 1, { reason, seconds: Math.max(0, finishedAt - startedAt) });
  } else if (exits.length === 1 && lastStartAt > 0) {
    exits.splice(-1, 1, { ...last, seconds: Math.max(0, finishedAt - lastStartAt) });
  }
  return { starts, exits };
}

/** Starts by the restart policy, which a start by hand begins to count again. */
function policyRestarts(before: Inspection, after: Inspection): { restarts: number; isCountReset: boolean } {
  const [old, now] = [restartsDone(before), restartsDone(after)];
  const isCountReset = now < old;
  return { restarts: isCountReset ? now : now - old, isCountReset };
}

/** The engine counts a restart as soon as it decides on it. */
function restartsDone({ restartCount = 0, state }: Inspection): number {
  return Math.max(0, restartCount - (state === 'restarting' ? 1 : 0));
}
