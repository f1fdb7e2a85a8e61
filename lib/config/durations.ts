const nanosecondsPerUnit: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3], // U+00B5, the micro sign
  ['μs', 1e3], // U+03BC, the Greek letter
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);

const amount = String.raw`(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)`;
const wholeDuration = new RegExp(`^[+-]?(?:${amount})+$`);

/** Timers count milliseconds in 32 bits and fire at once beyond that. */
const maxMs = 2 ** 31 - 1;

/**
 * Reads a duration as Go's time.ParseDuration does: `30s`, `1m30s`, `1.5h`, `0`.
 * Returns whole milliseconds, rounded up, so that what is not zero stays so. Throws an Error that says what is allowed.
 */
export function parseDuration(text: string): number {
  if (/^[+-]?0$/.test(text)) return 0;
  if (/^[+-]?\d+(?:\.\d*)?$/.test(text)) throw new Error('must have a unit, such as 30s, 1m30s or 500ms');
  if (!wholeDuration.test(text)) throw new Error('must be a duration, such as 30s, 1m30s or 500ms');
  let nanoseconds = 0;
  for (const [, count, unit = ''] of text.matchAll(new RegExp(amount, 'g'))) {
    nanoseconds += Math.round(Number(count) * (nanosecondsPerUnit.get(unit) ?? Number.NaN));
  }
  const milliseconds = Math.ceil(nanoseconds / 1e6);
  if (text.startsWith('-') && milliseconds > 0) throw new Error('must not be negative');
  if (milliseconds > maxMs) throw new Error('must be at most 596h (24 days)');
  return milliseconds;
}
