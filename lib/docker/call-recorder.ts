import { EngineError } from './errors.ts';

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
  /** Makes a call and never rejects: a failure is counted once and noted. */
  record<T>(collector: Collector, subject: string, call: () => Promise<T>): Promise<Attempt<T>>;
  /** The same about one container: it fails with the engine where no engine answers, and is not counted then. */
  recordContainer<T>(name: string, call: () => Promise<T>): Promise<Attempt<T>>;
  /** Counts what is wrong with an answer that is of use all the same. */
  recordProblem(collector: Collector, subject: string, message: string): void;
  /**
   * What went wrong so far. A call still under way is missing in this answer, and is counted as an error once, however many
   * answers it is missing in and however it ends. Where no engine answers, nothing is said of single containers.
   */
  problems(engineAnswers: boolean): readonly Problem[];
  /** Whether an engine answered at least one call that is not about a container, as the API promises. */
  anyAnswered(): boolean;
  /** When anything answered last, or when the snapshot began; by the clock of performance.now(). */
  lastAnswerAt(): number;
  /** Whether a connection to the engine failed. */
  connectionFailed(): boolean;
}

export type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: EngineError };

/** A call under way or failed, and whether it was counted as an error already. */
interface Entry {
  readonly collector: Collector;
  readonly subject: string;
  readonly isOfContainer: boolean;
  message: string;
  counted: boolean;
}

const noAnswerInTime = 'no answer in time';

export function createCallRecorder(totals: ErrorTotals): CallRecorder {
  const failed: Entry[] = [];
  const pending = new Set<Entry>();
  let answered = false;
  let lastAnswerAt = performance.now();
  let lostConnection = false;

  const entryOf = (collector: Collector, subject: string, isOfContainer = false): Entry => ({
    collector,
    subject,
    isOfContainer,
    message: noAnswerInTime,
    counted: false,
  });

  const count = (entry: Entry): void => {
    if (!entry.counted) totals[entry.collector] += 1;
    entry.counted = true;
  };

  const fail = (entry: Entry, message: string): void => {
    entry.message = message;
    failed.push(entry);
    if (!entry.isOfContainer) count(entry);
  };

  const make = async <T>(entry: Entry, call: () => Promise<T>): Promise<Attempt<T>> => {
    pending.add(entry);
    try {
      const value = await call();
      answered ||= !entry.isOfContainer;
      lastAnswerAt = performance.now();
      return { ok: true, value };
    } catch (cause) {
      const error = asEngineError(cause);
      if (error.status !== undefined) lastAnswerAt = performance.now();
      lostConnection ||= error.kind === 'unreachable';
      fail(entry, error.kind === 'cancelled' ? noAnswerInTime : error.message);
      return { ok: false, error };
    } finally {
      pending.delete(entry);
    }
  };

  return {
    problems: (engineAnswers) => {
      const noted = [...failed, ...pending].filter(({ isOfContainer }) => engineAnswers || !isOfContainer);
      noted.forEach(count);
      return noted.map(({ collector, subject, message }) => ({ collector, subject, message }));
    },
    anyAnswered: () => answered,
    lastAnswerAt: () => lastAnswerAt,
    connectionFailed: () => lostConnection,
    recordProblem: (collector, subject, message) => fail(entryOf(collector, subject), message),
    record: (collector, subject, call) => make(entryOf(collector, subject), call),
    recordContainer: (name, call) => make(entryOf('container', name, true), call),
  };
}

/** An answer odd enough to trip a parser is the engine's fault, and must not cost the other containers their figures. */
function asEngineError(cause: unknown): EngineError {
  return cause instanceof EngineError ? cause : new EngineError('malformed', String(cause));
}
