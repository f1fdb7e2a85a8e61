import { type CallLimits, within } from '../docker/call.ts';
import { EngineError } from '../docker/errors.ts';

/** Beyond this, an answer that does not come is taken for one that never will. */
const maxTimeoutMs = 60_000;

/**
 * Makes a call that may take longer than a scrape. One that is not answered within a scrape is made again with twice as
 * much time, and outlives the scrapes that wait for it: the first for which it is there gets the answer. Returns what to
 * call with the limits of a scrape; it rejects with what the call rejects with, or a timeout that names the path.
 */
export function createSharedCall<Value>(
  path: string,
  make: (limits: CallLimits) => Promise<Value>,
): (limits: CallLimits) => Promise<Value> {
  let nextTimeoutMs = 0;
  let underWay: Promise<Value> | undefined;

  const begin = async (limits: CallLimits): Promise<Value> => {
    const begun = performance.now();
    // What takes no longer than a scrape has to end with it.
    const own = nextTimeoutMs > limits.milliseconds ? { milliseconds: nextTimeoutMs } : limits;
    try {
      const value = await make(own);
      nextTimeoutMs = Math.min(2 * (performance.now() - begun), maxTimeoutMs);
      return value;
    } catch (error) {
      underWay = undefined;
      if (error instanceof EngineError && ['timeout', 'cancelled'].includes(error.kind)) {
        nextTimeoutMs = Math.min(2 * own.milliseconds, maxTimeoutMs);
      }
      throw error;
    }
  };

  return async (limits) => {
    const value = await within(limits, path, () => (underWay ??= begin(limits)));
    underWay = undefined;
    return value;
  };
}
