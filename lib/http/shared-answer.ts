/** Milliseconds of a clock that only goes forward. */
export type Clock = () => number;

/**
 * Lets many callers share one answer, so that asking often costs no more than asking once: who calls while one is being
 * made waits for it, and it is given again for `maxAgeMs`. What rejects is not given again.
 */
export function shareAnswer<Answer>(
  make: () => Promise<Answer>,
  maxAgeMs: number,
  now: Clock = performance.now.bind(performance),
): () => Promise<Answer> {
  let newest: { readonly answer: Promise<Answer>; until: number } | undefined;
  return () => {
    if (newest !== undefined && now() < newest.until) return newest.answer;
    // However long it takes, no second one begins meanwhile.
    const entry = { answer: make(), until: Infinity };
    entry.answer.then(
      () => (entry.until = now() + maxAgeMs),
      () => (entry.until = 0),
    );
    newest = entry;
    return entry.answer;
  };
}
