import { closestMatch } from 'leven';

/** The candidate that was probably meant: one wrong letter off, or the same name elsewhere, or two wrong letters off. */
export function nearest(key: string, candidates: readonly string[]): string | undefined {
  const text = key.toLowerCase();
  const name = key.slice(key.lastIndexOf('.') + 1);
  return (
    closestMatch(text, candidates, { maxDistance: 1 }) ??
    onlyOneNamed(name, candidates) ??
    closestMatch(text, candidates, { maxDistance: 2 })
  );
}

function onlyOneNamed(name: string, candidates: readonly string[]): string | undefined {
  const found = candidates.filter((candidate) => candidate.endsWith(`.${name}`));
  return found.length === 1 ? found[0] : undefined;
}

/** `; did you mean server.port?`, or nothing where there is no good guess. */
export function suggestion(guess: string | undefined): string {
  return guess === undefined ? '' : `; did you mean ${guess}?`;
}
