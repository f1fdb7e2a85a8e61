import { EngineError, isGone, wasAnswered } from './errors.ts';

/** What can be switched on and off, and whose failures are counted. `disk` runs beside the scrapes. */
export const collectors = ['container', 'system', 'disk'] as const;
export type Collector = (typeof collectors)[number];

/** A call that failed in this snapshot. */
export interface Problem {
  readonly collector: Collector;
  /** What it was about: a container's name, or an endpoint. */
  readonly subject: string;
  readonly message: string;
}

/** Failed calls of each collector over the life of the process. */
export type ErrorTotals = Record<Collector, number>;

/** Records the calls of one snapshot: what is under way, what failed, and whether anything answered at all. */
export interface CallRecorder {
  /**
   * Makes a call and never rejects: undefined stands for a failure, which is counted once and noted.
   * A container that is gone (404, 409) is no failure.
   */
  record<T>(collector: Collector, subject: string, call: () => Promise<T>): Promise<Attempt<T>>;
  /** Counts what is wrong with an answer that is of use all the same. */
  recordProblem(collector: Collector, subject: string, message: string): void;
  /** Counts the calls still under way as failed, for a scrape that can't wait for them any longer. */
  failPending(): void;
  readonly problems: readonly Problem[];
  /** Whether the engine, or a proxy before it, answered at least one call. */
  anyAnswered(): boolean;
  /** Whether a connection to the engine failed. */
  connectionFailed(): boolean;
}

export type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: EngineError };

export function createCallRecorder(totals: ErrorTotals): CallRecorder {
  const problems: Problem[] = [];
  const pending = new Set<{ collector: Collector; subject: string; counted: boolean }>();
  let answered = false;
  let lostConnection = false;

  const count = (entry: { collector: Collector; subject: string; counted: boolean }, message: string): void => {
    if (entry.counted) return;
    entry.counted = true;
    totals[entry.collector] += 1;
    problems.push({ collector: entry.collector, subject: entry.subject, message });
  };

  return {
    problems,
    anyAnswered: () => answered,
    connectionFailed: () => lostConnection,
    recordProblem: (collector, subject, message) => count({ collector, subject, counted: false }, message),
    failPending: () => pending.forEach((entry) => count(entry, 'no answer in time')),
    record: async (collector, subject, call) => {
      const entry = { collector, subject, counted: false };
      pending.add(entry);
      try {
        const value = await call();
        answered = true;
        return { ok: true, value };
      } catch (cause) {
        const error = asEngineError(cause);
        answered ||= wasAnswered(error);
        lostConnection ||= error.kind === 'unreachable';
        if (!isGone(error)) count(entry, error.message);
        return { ok: false, error };
      } finally {
        pending.delete(entry);
      }
    },
  };
}

/** An answer odd enough to trip a parser is the engine's fault, and must not cost the other containers their figures. */
function asEngineError(cause: unknown): EngineError {
  return cause instanceof EngineError ? cause : new EngineError('malformed', String(cause));
}
