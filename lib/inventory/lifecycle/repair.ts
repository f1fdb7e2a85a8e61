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
  readonly exits: readonly MissedExits[];
}

/** Ends of the same reason: as a count, since an engine may claim any number of them. */
export interface MissedExits {
  readonly reason: ExitReason;
  readonly count: number;
  /** The length of all these runs; 0 where it is not known. */
  readonly seconds: number;
}

/** No engine restarts a container more often than this: Docker waits 0.1 s before each restart. */
const minSecondsPerRestart = 0.01;

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
  const ends = Math.max(0, balance);
  if (ends === 0) return { starts, exits: [] };
  const errors = Math.min(ends - 1, restarts);
  const exits: readonly MissedExits[] = [
    { reason: 'error', count: errors, seconds: 0 },
    { reason: 'stopped', count: ends - 1 - errors, seconds: 0 },
    lastExit(),
  ];
  return { starts, exits: exits.filter(({ count }) => count > 0) };

  function lastExit(): MissedExits {
    const finishedAt = after.finishedAt ?? 0;
    if (!hasRun(after)) {
      const reason = reasonOf(inspectedEnding(after.exitCode, after.oomKilled));
      return { reason, count: 1, seconds: Math.max(0, finishedAt - startedAt) };
    }
    const isRunKnown = ends === 1 && lastStartAt > 0;
    return {
      reason: ends <= restarts ? 'error' : 'stopped',
      count: 1,
      seconds: isRunKnown ? Math.max(0, finishedAt - lastStartAt) : 0,
    };
  }
}

/** Starts by the restart policy, which a start by hand begins to count again. */
function policyRestarts(before: Inspection, after: Inspection): { restarts: number; isCountReset: boolean } {
  const [old, now] = [restartsDone(before), restartsDone(after)];
  const isCountReset = now < old;
  const seconds = Math.max(0, (after.startedAt ?? 0) - (before.startedAt ?? after.createdAt ?? 0));
  const possible = 1 + Math.floor(seconds / minSecondsPerRestart);
  return { restarts: Math.min(isCountReset ? now : now - old, possible), isCountReset };
}

/** The engine counts a restart as soon as it decides on it. */
function restartsDone({ restartCount = 0, state }: Inspection): number {
  return Math.max(0, Math.floor(restartCount) - (state === 'restarting' ? 1 : 0));
}
