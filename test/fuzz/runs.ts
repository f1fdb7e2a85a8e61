import type { Parameters } from 'fast-check';

/** How many cases of a property to try whose cases cost next to nothing; a search, where it is given. */
const given = process.env.FUZZ_RUNS;

/**
 * How often to try a property whose cases cost so many times as much as a parser's. The suite tries the same cases
 * every time; a search (FUZZ_RUNS) begins elsewhere each time. A failure names its seed, which FUZZ_SEED tries again.
 * There is no limit in time: an asynchronous case that is given up would go on beside the next property's.
 */
export function runs<Values>(cost: number): Parameters<Values> {
  const numRuns = Math.max(1, Math.round(Number(given ?? 600) / cost));
  return { numRuns, seed: Number(process.env.FUZZ_SEED ?? (given === undefined ? 1 : Date.now() % 2 ** 31)) };
}

/** Milliseconds until a property is taken to hang. */
export const patience = given === undefined ? 60_000 : 3_600_000;
