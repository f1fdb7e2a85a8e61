import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds after which a test goes on: an engine that hangs is no reason to wait for it. */
const patience = 3_000;

/**
 * Resolves when the log of an agent tells that its own first look at the engine is over. A scrape that comes before
 * would share that look, which knows nothing of what the test did meanwhile.
 */
export async function firstLook(log: () => readonly { readonly message: string }[]): Promise<void> {
  const end = performance.now() + patience;
  while (performance.now() < end && !log().some(({ message }) => message.startsWith('Docker daemon '))) await sleep(5);
}
