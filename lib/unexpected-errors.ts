import type { Log } from './logging.ts';

/** What goes wrong at each scrape is logged this often. */
const intervalMs = 3_600_000;

/**
 * Logs errors that nobody expected, with their stacks: at most one an hour from the same place in the code.
 * `now` is in milliseconds.
 */
export function createErrorLog(logger: Log, now: () => number): (error: unknown) => void {
  const loggedAt = new Map<string, number>();
  return (error) => {
    const stack = error instanceof Error ? error.stack : String(error);
    const [place = 'unknown'] = /^ +at .*$/m.exec(stack ?? '') ?? [];
    if (now() - (loggedAt.get(place) ?? -Infinity) < intervalMs) return;
    loggedAt.set(place, now());
    logger.error('unexpected error', { error: stack });
  };
}
