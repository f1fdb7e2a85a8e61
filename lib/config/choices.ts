import type { Origin } from './origin.ts';

/** Reads one of some words, in any case, or what else they are called. What it returns throws an Error with all words. */
export function choiceOf<Word extends string>(
  words: readonly Word[],
  synonyms: ReadonlyMap<string, Word> = new Map(),
): (text: string) => Word {
  return (text) => {
    const written = text.toLowerCase();
    const word = words.find((each) => each === written) ?? synonyms.get(written);
    if (word === undefined) throw new Error(`must be ${words.join(', ').replace(/, (?=[^,]*$)/, ' or ')}`);
    return word;
  };
}

/** Files of the Go exporter may have the levels of its logger. */
export const parseLogLevel = choiceOf(
  ['debug', 'info', 'warn', 'error'],
  new Map([
    ['trace', 'debug'],
    ['warning', 'warn'],
    ['fatal', 'error'],
    ['panic', 'error'],
  ]),
);

const streams: ReadonlyMap<string, 'stdout' | 'stderr'> = new Map([
  ['stdout', 'stdout'],
  ['stderr', 'stderr'],
  ['/dev/stdout', 'stdout'],
  ['/dev/stderr', 'stderr'],
]);

/** Files and variables of the Go exporter may name another place, such as a file, which is no reason not to start. */
export function parseLogOutput(text: string, origin: Origin): 'stdout' | 'stderr' {
  const stream = streams.get(text.toLowerCase());
  if (stream === undefined && origin === 'flag') throw new Error('must be stdout or stderr');
  return stream ?? 'stdout';
}

export function logOutputWarning(text: string): string | undefined {
  return streams.get(text.toLowerCase()) === undefined ? 'must be stdout or stderr; the log goes to stdout' : undefined;
}
