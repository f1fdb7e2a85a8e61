/** The candidate that was probably meant: one wrong letter off, or the same name elsewhere, or two wrong letters off. */
export function nearest(key: string, candidates: readonly string[]): string | undefined {
  const within = (limit: number): string | undefined =>
    candidates.find(
      (candidate) =>
        Math.abs(candidate.length - key.length) <= limit && mistakesBetween(key.toLowerCase(), candidate) <= limit,
    );
  return within(1) ?? onlyOneNamed(key.slice(key.lastIndexOf('.') + 1), candidates) ?? within(2);
}

function onlyOneNamed(name: string, candidates: readonly string[]): string | undefined {
  const found = candidates.filter((candidate) => candidate.endsWith(`.${name}`));
  return found.length === 1 ? found[0] : undefined;
}

/** `; did you mean server.port?`, or nothing where there is no good guess. */
export function suggestion(guess: string | undefined): string {
  return guess === undefined ? '' : `; did you mean ${guess}?`;
}

/** Levenshtein's distance: letters to insert, drop or change. */
function mistakesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, letter] of a.split('').entries()) {
    const next = [index + 1];
    for (let column = 1; column <= b.length; column++) {
      const changed = (row[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
