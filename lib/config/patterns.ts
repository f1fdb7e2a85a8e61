import { messageOf } from '../error-message.ts';
import { type Re2, loadRe2 } from './re2.cjs';

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

/** A regular expression from the settings. */
export interface Pattern {
  test(text: string): boolean;
}

type Engine = ReturnType<Re2['compile']>;

const engines = new WeakMap<Pattern, Engine>();

/**
 * A class that holds nothing but what was written, since a reload compares settings and convict copies them: neither
 * gets along with what the engine of a pattern remembers.
 */
class WrittenPattern implements Pattern {
  readonly source: string;
  readonly isWhole: boolean;

  constructor(source: string, isWhole: boolean) {
    this.source = source;
    this.isWhole = isWhole;
    engines.set(this, compile(source));
  }

  test(text: string): boolean {
    const engine = engines.get(this) ?? compile(this.source);
    engines.set(this, engine);
    return this.isWhole ? engine.testExact(text) : engine.test(text);
  }
}

/**
 * Reads a regular expression in the syntax of Go (RE2), which matches in linear time whatever the pattern and the text.
 * It is searched for anywhere in a text. Throws an Error with the reason.
 */
export function parsePattern(text: string): Pattern {
  return new WrittenPattern(text, false);
}

/** The same for a regular expression that has to match the whole text. */
export function parseWholePattern(text: string): Pattern {
  return new WrittenPattern(text, true);
}

function compile(text: string): Engine {
  if (text === '') throw new Error('must not be empty: an empty pattern matches everything');
  try {
    return loadRe2().compile(text);
  } catch (error) {
    throw new Error(`must be a regular expression as in Go: ${reasonOf(error)}`, { cause: error });
  }
}

/** The library says "error parsing regexp: invalid or unsupported Perl syntax: `(?=`". */
function reasonOf(error: unknown): string {
  const message = messageOf(error).replace(/^error parsing regexp: /, '');
  return /`\(\?<?[=!]|`\\[1-9]/.test(message) ? `${message} (no lookaround, no backreferences)` : message;
}
