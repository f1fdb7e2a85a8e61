import type { IncomingMessage } from 'node:http';
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

/** Bytes that are read of an answer with another status than 200. */
const maxErrorBytes = 16 * 1024;

/** Reads a body as one text. Rejects with an EngineError when it is cut short or too large. */
export async function readText(path: string, response: IncomingMessage, limits: BodyLimits): Promise<string> {
  const { maxBytes, maxTextLength, budget } = limits;
  const chunks: Buffer[] = [];
  let size = 0;
  let objects = 0;
  try {
    await consume(path, response, cutterFor(maxTextLength), (bytes) => {
      size += bytes.length;
      budget.usedBytes += bytes.length;
      chunks.push(bytes);
      if (size > maxBytes) throw tooLarge(path, 'the answer is', maxBytes);
      if (size <= smallBytes) return;
      if (budget.usedBytes > budget.maxBytes)
        throw tooLarge(path, 'all answers under way together are', budget.maxBytes);
      objects += objectsIn(bytes);
      if (objects > maxBytes / minBytesPerObject)
        throw new EngineError('malformed', `GET ${path}: the answer has more than ${objects - 1} lists and objects`);
    });
    return joined(chunks).toString();
  } finally {
    budget.usedBytes -= size;
  }
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
 * Reads a body as a JSON list, one element after the other; one that is too large stands as undefined. Rejects with an
 * EngineError when it is cut short, and with a SyntaxError when it is no list.
 */
export async function readElements(
  path: string,
  response: IncomingMessage,
  { maxBytes, maxTextLength }: BodyLimits,
  onElement: (text: string | undefined) => void,
): Promise<void> {
  const splitter = createListSplitter(maxBytes, onElement);
  await consume(path, response, cutterFor(maxTextLength), splitter.write);
  splitter.end();
}

/** The beginning of what an engine or a proxy says of an error. */
export async function readError(path: string, response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const enough = new EngineError('malformed', 'enough');
  await consume(path, response, createStringCutter(maxErrorBytes / 2), (bytes) => {
    chunks.push(bytes);
    size += bytes.length;
    if (size > maxErrorBytes) throw enough;
  }).catch((error: unknown) => {
    if (error !== enough) throw error;
  });
  return Buffer.concat(chunks).toString('utf8', 0, maxErrorBytes);
}

/** A filter that leaves at least that many characters of a string: one is twelve bytes at most, `\ud83d\ude00`. */
export function cutterFor(maxTextLength: number): (chunk: Buffer) => Buffer {
  return createStringCutter(12 * maxTextLength);
}

/** Hands on the bytes of a body, long strings cut, until it ends. What `take` throws ends the connection and rejects. */
function consume(
  path: string,
  response: IncomingMessage,
  cut: (chunk: Buffer) => Buffer,
  take: (bytes: Buffer) => void,
): Promise<void> {
  let size = 0;
  return new Promise((resolve, reject) => {
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      try {
        if (size > maxWireBytes) throw tooLarge(path, 'the answer is', maxWireBytes);
        take(cut(chunk));
        if (size > smallBytes) {
          countLargeAnswer(chunk.length);
          giveWay(response);
        }
      } catch (error) {
        response.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    response.on('end', resolve);
    response.on('error', () => reject(new EngineError('malformed', `GET ${path}: the answer broke off`)));
  });
}

/** Lets all else have its turn before more of an answer is read: a fast engine would fill many turns with one. */
export function giveWay(response: IncomingMessage): void {
  response.pause();
  setImmediate(() => response.resume());
}

function tooLarge(path: string, what: string, maxBytes: number): EngineError {
  return new EngineError('malformed', `GET ${path}: ${what} larger than ${binarySize(maxBytes)}`);
}
