import { closestMatch } from 'leven';
import { oneLine } from '../one-line.ts';
import { formatOf } from './formats.ts';
import type { Setting } from './setting.ts';

/** What is wrong with one setting. */
export interface Problem {
  readonly key: string;
  /** Undefined for a key that is unknown. */
  readonly setting?: Setting | undefined;
  /** What was written; it is printed only where the setting is known and not sensitive. */
  readonly text?: string | undefined;
  /** Where it was written. */
  readonly where: string;
  /** What is allowed. */
  readonly reason: string;
}

const maxTextLength = 80;

/** `server.port = "http" (config.yaml:3): must be …`, on one line whatever the parts hold. */
export function problemLine({ key, setting, text, where, reason }: Problem): string {
  const value = setting === undefined || text === undefined ? undefined : printable(setting, text);
  return oneLine(`${shortened(key)}${value === undefined ? '' : ` = ${value}`} (${where}): ${reason}`);
}

/** The value in quotes, without its credentials; undefined for a secret. */
function printable({ sensitive, format }: Setting, text: string): string | undefined {
  if (sensitive) return undefined;
  const { redact = (value) => value } = formatOf(format);
  return `"${shortened(redact(text))}"`;
}

function shortened(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}

/** `; did you mean server.port?`, or nothing where there is no good guess. */
export function suggestion(key: string, candidates: readonly string[], prefix = ''): string {
  const guess = nearest(key, candidates);
  return guess === undefined ? '' : `; did you mean ${prefix}${guess}?`;
}

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
