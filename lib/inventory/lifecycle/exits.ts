/** Why a run of a container ended. */
export const exitReasons = ['completed', 'stopped', 'oom_killed', 'error'] as const;

export type ExitReason = (typeof exitReasons)[number];

/** What is known of the end of a run. */
export interface Ending {
  readonly exitCode: number | undefined;
  /** Numbers of the signals that the engine was asked to send. */
  readonly signals: ReadonlySet<number>;
  /** Whether the engine says that it was stopped, in an event of that name. */
  readonly isStopped: boolean;
  /** Whether a process of the container was killed to free memory. */
  readonly isOutOfMemory: boolean;
}

/**
 * Signals that are sent to end a process: INT, QUIT, KILL and TERM. Others, such as HUP or USR1, often mean something
 * else to it, and count where the exit code says that it died of them, or the engine that it was stopped.
 */
const endingSignals: ReadonlySet<number> = new Set([2, 3, 9, 15]);

/** The exit code of a process ended by SIGKILL, from whatever source. */
const killedCode = 137;

/** A shell's and the engine's exit code of a process that died of a signal. */
function codeOf(signal: number): number {
  return 128 + signal;
}

/**
 * A stop comes before all other reasons, whatever the exit code. A run whose main process ended with 0 has completed, even
 * where the kernel killed another process of the container.
 */
export function reasonOf({ exitCode, signals, isStopped, isOutOfMemory }: Ending): ExitReason {
  const isSignalled = [...signals].some((signal) => endingSignals.has(signal) || exitCode === codeOf(signal));
  if (isStopped || isSignalled) return 'stopped';
  if (exitCode === 0) return 'completed';
  return isOutOfMemory ? 'oom_killed' : 'error';
}

/** Whether something may follow that changes the reason: an `oom` or `stop` event, or an inspection. */
export function isUncertain(ending: Ending): boolean {
  const reason = reasonOf(ending);
  if (reason === 'stopped' || reason === 'oom_killed') return false;
  return ending.exitCode === undefined || ending.exitCode === killedCode || ending.signals.size > 0;
}

/** What an inspection alone shows of the end of a run: an exit code that a signal leaves is taken for that signal. */
export function inspectedEnding(exitCode: number | undefined, oomKilled: boolean | undefined): Ending {
  const isOutOfMemory = oomKilled === true;
  const signals = isOutOfMemory ? [] : [...endingSignals].filter((signal) => exitCode === codeOf(signal));
  return { exitCode, signals: new Set(signals), isStopped: false, isOutOfMemory };
}
