/** The value if it is a finite number, else undefined: engines leave fields out, and other types are not figures. */
export function finiteNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The value if it is a number that fits the 64 bits without a sign in which engines count; sums of some stay finite. */
export function unsignedNumber(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= 2 ** 64 ? value : undefined;
}

/**
 * The value if it is a text that says something. Half surrogate pairs become U+FFFD here rather than on the wire,
 * where two texts that differ in nothing else would become one series written twice.
 */
export function nonEmptyString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.toWellFormed() : undefined;
}

/** Whether it is what JSON calls an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of an object that hold text, half surrogate pairs mended. */
export function textsIn(object: unknown): Readonly<Record<string, string>> {
  if (!isObject(object)) return {};
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) =>
      typeof value === 'string' ? [[key.toWellFormed(), value.toWellFormed()]] : [],
    ),
  );
}
