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
  /**
   * What went wrong so far. A call still under way is missing in this answer, and is counted as an error once, however many
   * answers it is missing in and however it ends.
   */
  problems(): readonly Problem[];
  /** Whether the engine, or a proxy before it, answered at least one call. */
  anyAnswered(): boolean;
  /** When it answered last, or when the snapshot began; by the clock of performance.now(). */
  lastAnswerAt(): number;
  /** Whether a connection to the engine failed. */
  connectionFailed(): boolean;
}

export type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: EngineError };

/** A call under way, and whether it was counted as an error already. */
interface Entry {
  readonly collector: Collector;
  readonly subject: string;
  counted: boolean;
}

const noAnswerInTime = 'no answer in time';

export function createCallRecorder(totals: ErrorTotals): CallRecorder {
  const failed: Problem[] = [];
  const pending = new Set<Entry>();
  let answered = false;
  let lastAnswerAt = performance.now();
  let lostConnection = false;

  const noteAnswer = (): void => {
    answered = true;
    lastAnswerAt = performance.now();
  };

  const count = (entry: Entry): void => {
    if (!entry.counted) totals[entry.collector] += 1;
    entry.counted = true;
  };

  const fail = (entry: Entry, message: string): void => {
    count(entry);
    failed.push({ collector: entry.collector, subject: entry.subject, message });
  };

  return {
    problems: () => {
      pending.forEach(count);
      const late = [...pending].map(({ collector, subject }) => ({ collector, subject, message: noAnswerInTime }));
      return [...failed, ...late];
    },
    anyAnswered: () => answered,
    lastAnswerAt: () => lastAnswerAt,
    connectionFailed: () => lostConnection,
    recordProblem: (collector, subject, message) => fail({ collector, subject, counted: false }, message),
    record: async (collector, subject, call) => {
      const entry: Entry = { collector, subject, counted: false };
      pending.add(entry);
      try {
        const value = await call();
        noteAnswer();
        return { ok: true, value };
      } catch (cause) {
        const error = asEngineError(cause);
        if (wasAnswered(error)) noteAnswer();
        lostConnection ||= error.kind === 'unreachable';
        if (!isGone(error)) fail(entry, error.kind === 'cancelled' ? noAnswerInTime : error.message);
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
