import { setTimeout as sleep } from 'node:timers/promises';
import type { Exposition } from './exposition.ts';

/** What came of the scrapes of one scraper. */
export interface ScraperReport {
  readonly timeoutSeconds: number;
  readonly complete: number;
  readonly partial: number;
  readonly meanSeconds: number;
}

/** From one that is always in too much of a hurry to one with all the time that there is. */
const timeoutsSeconds: readonly number[] = [0.1, 0.2, 0.4, 0.6, 1, 5, 10, 15, 20, 30];

/** Of its timeout a scraper gets half for the snapshot: this is enough for 0.9 s a call on a busy machine too. */
export const enoughSeconds = 10;

const pauseMs = 500;

/** Ten scrapers with timeouts of their own, each again and again for so many seconds. */
export function scrapeWithMixedTimeouts(
  metrics: (headers: Readonly<Record<string, string>>) => Promise<Exposition>,
  containers: number,
  seconds: number,
): Promise<readonly ScraperReport[]> {
  const endAt = performance.now() + 1_000 * seconds;
  const scrapeAgain = async (timeoutSeconds: number): Promise<ScraperReport> => {
    let [complete, partial, elapsedMs] = [0, 0, 0];
    while (performance.now() < endAt) {
      const begun = performance.now();
      const exposition = await metrics({ 'x-prometheus-scrape-timeout-seconds': String(timeoutSeconds) });
      elapsedMs += performance.now() - begun;
      if (exposition.select('container_memory_usage_bytes').length === containers) complete += 1;
      else partial += 1;
      await sleep(pauseMs);
    }
    return { timeoutSeconds, complete, partial, meanSeconds: elapsedMs / 1_000 / (complete + partial) };
  };
  return Promise.all(timeoutsSeconds.map(scrapeAgain));
}
