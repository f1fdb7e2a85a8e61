import { messageOf } from '../error-message.ts';

/** A label that must be there, and have this value where one is given. */
export interface LabelFilter {
  readonly key: string;
  readonly value: string | undefined;
}

/** Reads `key=value` or `key`. Throws an Error that says what is allowed. */
export function parseLabelFilter(text: string): LabelFilter {
  const equals = text.indexOf('=');
  const key = equals === -1 ? text : text.slice(0, equals);
  if (key === '') throw new Error('must be key=value or key');
  return { key, value: equals === -1 ? undefined : text.slice(equals + 1) };
}

/**
 * Reads a regular expression as people wrote it for Go: inline flags i, s and m in front, any punctuation escaped.
 * JavaScript's Unicode mode refuses what only Go knows (`\A`, `\z`, `[[:alpha:]]`) instead of taking it for something
 * else. Throws an Error with the reason.
 */
export function parsePattern(text: string): RegExp {
  if (text === '') throw new Error('must not be empty: an empty pattern matches everything');
  const [inlineFlags = ''] = /^(?:\(\?[ism]+\))*/.exec(text) ?? [];
  const flags = new Set(['u', ...inlineFlags.replaceAll(/[^ism]/g, '').split('')]);
  try {
    return new RegExp(escapesForUnicodeMode(text.slice(inlineFlags.length)), [...flags].join(''));
  } catch (error) {
    throw new Error(`must be a regular expression: ${reasonOf(error)}`, { cause: error });
  }
}

/** Unicode mode knows no `\-` or `\_` outside a class; their code means the same everywhere. */
function escapesForUnicodeMode(source: string): string {
  return source.replaceAll(/\\([^])/g, (escape, character: string) =>
    /[!"#%&',:;<=>@_`~-]/.test(character) ? `\\x${character.charCodeAt(0).toString(16)}` : escape,
  );
}

/** V8 says "Invalid regular expression: /(/u: Unterminated group"; the pattern is in the line already. */
function reasonOf(error: unknown): string {
  const message = messageOf(error);
  return message.slice(message.lastIndexOf(': ') + 2).toLowerCase();
}
