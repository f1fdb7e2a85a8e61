import { setImmediate } from 'node:timers/promises';

/** Milliseconds for which long work may hold up everything else. */
const longest = 20;

/**
 * For long work in steps: to be awaited between them. Lets other work of the event loop, such as an answer on /health,
 * come in between when the last break was a while ago.
 */
export function createYield(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < longest) return;
    await setImmediate();
    last = performance.now();
  };
}
