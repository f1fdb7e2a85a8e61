import type { EngineEvent } from '../../docker/events.ts';
import { type Inspection, hasRun } from '../inspection.ts';
import { type Labels, ownNumber } from '../labels.ts';
import type { LifecycleChange } from './counts.ts';
import { type Ending, type ExitReason, inspectedEnding, isUncertain, reasonOf } from './exits.ts';
import type { RecentEvent } from './recent-events.ts';
import { missedBetween } from './repair.ts';

/** Hears of what happens to a container. */
export interface LifeListener {
  onChange(change: LifecycleChange): void;
  /** The reason of an end is certain. */
  onReason(event: RecentEvent, reason: ExitReason): void;
}

/** What is known of the runs of one container, so that each start and end is counted once. */
export interface Life {
  /** Takes in an event of before the counting began. */
  replay(event: EngineEvent): void;
  /** Takes in an event. `recent` is the same for people, `inspection` the newest there is, `labels` those of the container. */
  apply(event: EngineEvent, recent: RecentEvent, inspection: Inspection | undefined, labels: Labels): void;
  /** Whether `compare` counted an event before it came. */
  isCounted(event: EngineEvent): boolean;
  /** Events may have been missed: the next inspection has to be compared with the last one. */
  markUnverified(): void;
  /** Takes in the newest inspection; `isStale` where something may have happened since. */
  compare(inspection: Inspection, isStale: boolean): void;
  /** Why the last run ended; undefined where none ended, or nothing tells. */
  lastReason(): ExitReason | undefined;
  /** It is not there any more. False as long as events may come that say so. */
  finalize(): boolean;
}

/** An end whose reason is not certain yet: a `stop` or `oom` event may follow, or an inspection say more. */
interface OpenEnding extends Ending {
  readonly seconds: number;
  readonly event: RecentEvent;
}

/** A run, as far as its events are known. */
interface Run {
  /** Unix seconds; undefined where no event told it. */
  readonly startedAt: number | undefined;
  readonly signals: Set<number>;
  isStopped: boolean;
  isOutOfMemory: boolean;
}

/** Events that count, or that say why a run ends. */
const decisive: ReadonlySet<string> = new Set(['start', 'die', 'oom', 'kill', 'stop']);

/** `last` is the inspection to compare the next one with; undefined where what it was before is not known. */
export function createLife({ onChange, onReason }: LifeListener, last?: Inspection): Life {
  let run = newRun();
  let isRunning = false;
  /** The run that ended last, while none has begun since. */
  let lastRun: Run | undefined;
  let lastReason: ExitReason | undefined;
  let ending: OpenEnding | undefined;
  let counted = { starts: 0, exits: 0 };
  let lastStartAt = 0;
  /** Unix seconds; undefined where no event told it. */
  let createdAt: number | undefined;
  let mustCompare = false;
  /** Unix seconds up to which a comparison counted everything. */
  let repairedTo: number | undefined;
  let isMissing = false;

  /** What an inspection adds to what the event of the end said. */
  const endingOf = ({ exitCode, oomKilled }: Inspection): Partial<Ending> => ({
    exitCode: ending?.exitCode ?? exitCode,
    ...(oomKilled === true ? { isOutOfMemory: true } : {}),
  });

  const settle = (more: Partial<Ending> = {}): void => {
    if (ending === undefined) return;
    const { event, seconds, ...known } = ending;
    ending = undefined;
    const reason = reasonOf({ ...known, ...more });
    lastReason = reason;
    onChange({ kind: 'exit', reason, count: 1, seconds });
    onReason(event, reason);
  };

  const replay = ({ action, attributes, timeNano }: EngineEvent): void => {
    if (action === 'kill') addSignal(run, attributes['signal']);
    // The engine of today says so before the end, older ones after it.
    else if (action === 'stop' && isRunning) run.isStopped = true;
    else if (action === 'stop' && lastRun !== undefined) lastRun.isStopped = true;
    else if (action === 'oom') run.isOutOfMemory = true;
    if (action !== 'start' && action !== 'die') return;
    isRunning = action === 'start';
    lastRun = isRunning ? undefined : run;
    run = newRun(isRunning ? timeNano / 1e9 : undefined);
  };

  /** Why a run ended that was over when the counting began: what the engine remembers of it counts before exit codes. */
  const reasonBefore = ({ state, finishedAt, exitCode, oomKilled }: Inspection): ExitReason | undefined => {
    if (hasRun({ state }) || finishedAt === undefined || exitCode === undefined) return undefined;
    const inspected = inspectedEnding(exitCode, oomKilled);
    if (lastRun === undefined) return reasonOf(inspected);
    const isOutOfMemory = inspected.isOutOfMemory || lastRun.isOutOfMemory;
    return reasonOf({ ...lastRun, exitCode, isOutOfMemory });
  };

  /**
   * Seconds since the start's event, or since the inspected start. An engine of today says the whole seconds too, from
   * times that, unlike those of events, do not wait for a busy daemon; no run is longer than its container is old.
   */
  const lengthOf = (
    { timeNano }: EngineEvent,
    told: number | undefined,
    inspection: Inspection | undefined,
  ): number => {
    const inspected = inspection !== undefined && hasRun(inspection) ? inspection.startedAt : undefined;
    const startedAt = run.startedAt ?? inspected;
    const age = timeNano / 1e9 - (createdAt ?? inspection?.createdAt ?? startedAt ?? Number.POSITIVE_INFINITY);
    const whole = told !== undefined && told >= 0 && told <= age + 1 ? told : undefined;
    if (startedAt === undefined) return whole ?? 0;
    const seconds = Math.max(0, timeNano / 1e9 - startedAt);
    return whole === undefined ? seconds : Math.min(Math.max(seconds, whole), whole + 1);
  };

  const repair = (before: Inspection, inspection: Inspection): void => {
    const missed = missedBetween(before, inspection, { ...counted, lastStartAt });
    const exits = missed.exits.reduce((sum, { count }) => sum + count, 0);
    if (missed.starts + exits === 0) return;
    if (missed.starts > 0) {
      settle();
      onChange({ kind: 'start', count: missed.starts });
    }
    for (const exit of missed.exits) {
      onChange({ kind: 'exit', ...exit });
      if (exit.reason === 'oom_killed' && !run.isOutOfMemory) onChange({ kind: 'oom', count: exit.count });
      lastReason = exit.reason;
    }
    counted = { starts: counted.starts + missed.starts, exits: counted.exits + exits };
    lastStartAt = Math.max(lastStartAt, inspection.startedAt ?? 0);
    isRunning = hasRun(inspection);
    run = newRun(inspection.startedAt);
    repairedTo = (isRunning ? inspection.startedAt : inspection.finishedAt) ?? 0;
  };

  return {
    replay,
    apply: (event, recent, inspection, labels) => {
      const { action, timeNano } = event;
      if (action === 'create') createdAt = timeNano / 1e9;
      if (action === 'stop') settle({ isStopped: true });
      else if (action === 'oom') settle({ isOutOfMemory: true });
      else if (action === 'start' || action === 'destroy') settle();
      if (action === 'oom') {
        onChange({ kind: 'oom', count: 1 });
      } else if (action === 'start') {
        onChange({ kind: 'start', count: 1 });
        counted.starts += 1;
        lastStartAt = timeNano / 1e9;
      } else if (action === 'die') {
        counted.exits += 1;
        const { exitCode } = recent;
        const seconds = lengthOf(event, ownNumber(event, 'execDuration', labels), inspection);
        // A label of that name stood in place of each signal.
        const signals = Object.hasOwn(labels, 'signal') ? new Set<number>() : run.signals;
        ending = { ...run, signals, exitCode, seconds, event: recent };
        if (!isUncertain(ending)) settle();
      }
      replay(event);
    },
    isCounted: ({ action, timeNano }) => {
      if (repairedTo === undefined || !decisive.has(action)) return false;
      if (timeNano / 1e9 <= repairedTo) return true;
      // What was seen just begun or just ended has its own event a moment later.
      if (action === (isRunning ? 'start' : 'die')) return true;
      if (action === 'start' || action === 'die') repairedTo = undefined;
      return false;
    },
    markUnverified: () => (mustCompare = true),
    compare: (inspection, isStale) => {
      isMissing = false;
      if (inspection === last) return;
      // Some of what was counted may have happened after it.
      const hasNewerEvents = isStale && last !== undefined && counted.starts + counted.exits > 0;
      if (last === undefined) {
        isRunning = hasRun(inspection);
        lastReason ??= reasonBefore(inspection);
      } else if (mustCompare) repair(last, inspection);
      if (!hasRun(inspection)) settle(endingOf(inspection));
      if (hasNewerEvents) return;
      last = inspection;
      counted = { starts: 0, exits: 0 };
      mustCompare &&= isStale;
    },
    lastReason: () => lastReason,
    finalize: () => {
      if (isMissing) {
        settle();
        return true;
      }
      isMissing = true;
      if (!mustCompare || !isRunning) return false;
      onChange({ kind: 'exit', reason: 'stopped', count: 1, seconds: 0 });
      isRunning = false;
      repairedTo = Number.POSITIVE_INFINITY;
      return false;
    },
  };
}

function newRun(startedAt?: number): Run {
  return { startedAt, signals: new Set(), isStopped: false, isOutOfMemory: false };
}

/** The highest number that a signal has. */
const maxSignal = 64;

function addSignal({ signals }: Run, told: string | undefined): void {
  const signal = Number(told);
  if (Number.isInteger(signal) && signal > 0 && signal <= maxSignal) signals.add(signal);
}
