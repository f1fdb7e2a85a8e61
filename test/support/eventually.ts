import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../lib/error-message.ts';

export interface Patience {
  /** Milliseconds until it fails. */
  readonly within?: number;
  /** Milliseconds between attempts. */
  readonly every?: number;
}

type Attempt<T> = T | false | undefined;

/**
 * Repeats the attempt until it neither throws nor returns false or undefined, and returns what it returned.
 * Rejects with what was waited for and the last attempt's reason.
 */
export async function eventually<T>(
  what: string,
  attempt: () => Attempt<T> | Promise<Attempt<T>>,
  { within = 10_000, every = 50 }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    const outcome = await attempted(attempt);
    if (outcome.done) return outcome.value;
    if (performance.now() >= deadline) {
      throw new Error(`${what}: not within ${within} ms (${outcome.reason})`, { cause: outcome.cause });
    }
    await sleep(every);
  }
}

type Outcome<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly reason: string; readonly cause?: unknown };

async function attempted<T>(attempt: () => Attempt<T> | Promise<Attempt<T>>): Promise<Outcome<T>> {
  try {
    const value = await attempt();
    if (value === false || value === undefined) return { done: false, reason: `last answer: ${String(value)}` };
    return { done: true, value };
  } catch (error) {
    return { done: false, reason: messageOf(error), cause: error };
  }
}
