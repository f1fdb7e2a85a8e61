import { binarySize } from './answer-limits.ts';
import { EngineError } from './errors.ts';
import { createListSplitter } from './list-splitter.ts';
import { createStringCutter } from './string-cutter.ts';
import { countLargeAnswer } from './young-garbage.ts';

/** How much of an answer is read. */
export interface BodyLimits {
  /** Bytes of the answer, or of one element of a list. */
  readonly maxBytes: number;
  /** Characters of a text that are wanted; what is much longer is cut short as it comes. */
  readonly maxTextLength: number;
  /** What all answers under way have together. */
  readonly budget: ByteBudget;
}

/** Counts the bytes of the answers under way. */
export interface ByteBudget {
  readonly maxBytes: number;
  usedBytes: number;
}

/** Bytes on the wire of one answer, strings that are dropped included: more than this takes time rather than memory. */
const maxWireBytes = 128 * 1024 * 1024;

/** An answer this small is read however much other answers take. */
const smallBytes = 64 * 1024;

/** A list or an object takes twenty times the bytes of the shortest that stands for it; those that engines write are longer. */
const minBytesPerObject = 16;

/**
 * Bytes of an answer that are read in one turn, as many as come at once. With more, /health waits while a gigabyte is
 * read; with fewer, undici goes through the rest of them again, and its copies fill 64 MiB.
 */
const turnBytes = 64 * 1024;

/** Bytes that are read of an answer with another status than 200. */
const maxErrorBytes = 16 * 1024;

/** Reads the body of an answer as it comes. */
export interface BodyReader<Body> {
  /** Called first, as an answer of status 200 begins. */
  begin?(): void;
  /** Takes its next bytes. What it throws ends the connection, and is what the call rejects with. */
  take(bytes: Buffer, flow: Flow): void;
  /** The body, once all of it was taken. Throws where it is not what it should be. */
  end(): Body;
  /** Called last, however it ended. */
  close?(): void;
}

/** Whether more of a body is read. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** Reads a body as one text. Throws an EngineError when it is too large. */
export function textReader(path: string, limits: BodyLimits): BodyReader<string> {
  const { maxBytes, maxTextLength, budget } = limits;
  const chunks: Buffer[] = [];
  let size = 0;
  let objects = 0;
  const take = (bytes: Buffer): void => {
    size += bytes.length;
    budget.usedBytes += bytes.length;
    chunks.push(bytes);
    if (size > maxBytes) throw tooLarge(path, 'the answer is', maxBytes);
    if (size <= smallBytes) return;
    if (budget.usedBytes > budget.maxBytes) throw tooLarge(path, 'all answers under way together are', budget.maxBytes);
    objects += objectsIn(bytes);
    if (objects > maxBytes / minBytesPerObject)
      throw new EngineError('malformed', `GET ${path}: the answer has more than ${objects - 1} lists and objects`);
  };
  return {
    take: throughCutter(path, cutterFor(maxTextLength), take),
    end: () => joined(chunks).toString(),
    close: () => {
      budget.usedBytes -= size;
    },
  };
}

/** Most answers come in one piece, which need not be copied. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first = Buffer.alloc(0), ...others] = chunks;
  return others.length === 0 ? first : Buffer.concat(chunks);
}

/** How many lists and objects begin in it; those that stand in a string count too, as if they were some. */
function objectsIn(bytes: Buffer): number {
  let found = 0;
  for (const byte of bytes) if (byte === 0x5b || byte === 0x7b) found += 1;
  return found;
}

/**
 * Reads a body as a JSON list, one element after the other; one that is too large stands as undefined. Throws a
 * SyntaxError when it is no list.
 */
export function elementsReader(
  path: string,
  { maxBytes, maxTextLength }: BodyLimits,
  onElement: (text: string | undefined) => void,
): BodyReader<void> {
  const splitter = createListSplitter(maxBytes, onElement);
  return { take: throughCutter(path, cutterFor(maxTextLength), splitter.write), end: splitter.end };
}

/** Reads the beginning of what an engine or a proxy says of an error, and throws what is made of it. */
export function errorReader(path: string, errorOf: (body: string) => EngineError): BodyReader<never> {
  const chunks: Buffer[] = [];
  let size = 0;
  const end = (): never => {
    throw errorOf(Buffer.concat(chunks).toString('utf8', 0, maxErrorBytes));
  };
  const take = (bytes: Buffer): void => {
    chunks.push(bytes);
    size += bytes.length;
    if (size > maxErrorBytes) end();
  };
  return { take: throughCutter(path, createStringCutter(maxErrorBytes / 2), take), end };
}

/** A filter that leaves at least that many characters of a string: one is twelve bytes at most, `\ud83d\ude00`. */
export function cutterFor(maxTextLength: number): (chunk: Buffer) => Buffer {
  return createStringCutter(12 * maxTextLength);
}

/** Hands on the bytes of a body, long strings cut. */
function throughCutter(
  path: string,
  cut: (chunk: Buffer) => Buffer,
  take: (bytes: Buffer) => void,
): BodyReader<unknown>['take'] {
  const giveWay = createTurns();
  let size = 0;
  return (chunk, flow) => {
    size += chunk.length;
    if (size > maxWireBytes) throw tooLarge(path, 'the answer is', maxWireBytes);
    take(cut(chunk));
    if (size > smallBytes) {
      countLargeAnswer(chunk.length);
      giveWay(chunk.length, flow);
    }
  };
}

/** Lets all else have its turn before more of an answer is read: a fast engine would fill many turns with one. */
export function createTurns(): (bytes: number, flow: Flow) => void {
  let size = 0;
  return (bytes, flow) => {
    size += bytes;
    if (size < turnBytes) return;
    size = 0;
    flow.pause();
    setImmediate(() => flow.resume());
  };
}

function tooLarge(path: string, what: string, maxBytes: number): EngineError {
  return new EngineError('malformed', `GET ${path}: ${what} larger than ${binarySize(maxBytes)}`);
}
