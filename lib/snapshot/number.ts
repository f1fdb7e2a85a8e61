/** The value if it is a finite number, else undefined: engines leave fields out, and other types are not figures. */
export function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
