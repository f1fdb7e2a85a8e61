import { isObject } from './json-values.ts';

/** The end of a text that was cut. */
const ellipsis = '…';

/** Characters of a text from outside that are kept where nothing else is set. */
export const defaultMaxTextLength = 1_024;

/**
 * Cuts all texts in parsed JSON, keys included, to that many characters (code points). Keys that are the same by then
 * are numbered, so that no two things become one. What needs no cut is returned as it is.
 */
export function truncateStrings(value: unknown, maxLength: number): unknown {
  return isShort(value, maxLength) ? value : truncated(value, maxLength);
}

/** Whether a text looks like one that was cut to that length; a name has lost its leading slash since. */
export function isTruncated(text: string, maxLength: number): boolean {
  return text.length >= maxLength - 1 && text.endsWith(ellipsis);
}

/** Whether nothing in it has more code units than characters are allowed, as is nearly always so. */
function isShort(value: unknown, maxLength: number): boolean {
  if (typeof value === 'string') return value.length <= maxLength;
  if (Array.isArray(value)) return value.every((item) => isShort(item, maxLength));
  if (!isObject(value)) return true;
  // Parsed JSON inherits no keys, and a list of its entries would cost several times as much as this.
  for (const key in value) if (key.length > maxLength || !isShort(value[key], maxLength)) return false;
  return true;
}

function truncated(value: unknown, maxLength: number): unknown {
  if (typeof value === 'string') return cutText(value, maxLength);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => truncated(item, maxLength));
  const taken = new Map<string, number>();
  const entries = Object.entries(value).map(([key, item]) => {
    const cut = cutText(key, maxLength);
    const count = (taken.get(cut) ?? 0) + 1;
    taken.set(cut, count);
    return [count === 1 ? cut : cutText(key, maxLength, `~${count}${ellipsis}`), truncated(item, maxLength)];
  });
  return Object.fromEntries(entries);
}

function cutText(text: string, maxLength: number, ending = ellipsis): string {
  if (text.length <= maxLength) return text;
  // A character takes two code units at most, so these hold one more than allowed where there is one.
  const characters = Array.from(text.slice(0, 2 * (maxLength + 1)));
  if (characters.length <= maxLength) return text;
  const kept = characters.slice(0, maxLength - ending.length).join('');
  // By way of bytes, since V8 makes of a part of a text a view that keeps the whole alive.
  return Buffer.from(kept + ending).toString();
}
