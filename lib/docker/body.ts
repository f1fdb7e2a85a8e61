import { createAnswerMemory } from './answer-memory.ts';
import type { MemoryShare } from '../memory-budget.ts';
import { EngineError } from './errors.ts';
import { type ListHandler, createListSplitter } from './list-splitter.ts';
import { createStringCutter } from './string-cutter.ts';
import { createTextBuffer } from './text-buffer.ts';
import { noteBytesRead } from './minor-gc.ts';

/** How much of an answer is read. */
export interface BodyLimits {
  /** What all answers under way may have together. */
  readonly answers: MemoryShare;
  /** Characters of a text that are wanted; what is much longer is cut short as it comes. */
  readonly maxTextLength: number;
}

const mebibyte = 2 ** 20;

/** Bytes on the wire of one answer, strings that are dropped included: more than this takes time rather than memory. */
const maxWireBytes = 128 * mebibyte;

/**
 * Bytes of an answer that are read in one tick, as many as come at once. With more, /health waits while a gigabyte is
 * read; with fewer, undici goes through the rest of them again, and its copies fill 64 MiB.
 */
const bytesPerTick = 64 * 1024;

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

/** Reads a body as one text, and what `parse` makes of it. Throws an EngineError when there is no memory for that. */
export function textReader<Body>(
  path: string,
  { answers, maxTextLength }: BodyLimits,
  parse: (text: string) => Body,
): BodyReader<Body> {
  const memory = createAnswerMemory(answers);
  const text = createTextBuffer(memory);
  const append = (bytes: Buffer): void => {
    if (!text.append(bytes)) throw tooLarge(path, answers);
  };
  return {
    take: throughCutter(path, cutterFor(maxTextLength), append),
    end: () => {
      const body = text.read(parse);
      if (body === undefined) throw tooLarge(path, answers);
      return body.value;
    },
    close: memory.close,
  };
}

/**
 * Reads a body as a JSON list, one element after the other; one that there is no memory for stands as undefined. Throws
 * a SyntaxError when it is no list.
 */
export function elementsReader(
  path: string,
  { answers, maxTextLength }: BodyLimits,
  onElement: (text: string | undefined) => void,
): BodyReader<void> {
  const memory = createAnswerMemory(answers);
  const text = createTextBuffer(memory);
  const handler = {
    onBytes: text.append,
    onElement: () => {
      if (text.read(onElement) === undefined) onElement(undefined);
    },
  };
  return { ...listReader(path, maxTextLength, handler), close: memory.close };
}

/** Counts the elements of a JSON list, or of a field that is one. Throws a SyntaxError when it is no list. */
export function countReader(path: string, { maxTextLength }: BodyLimits, field?: string): BodyReader<number> {
  let elements = 0;
  const reader = listReader(path, maxTextLength, { onElement: () => (elements += 1) }, field);
  return {
    take: reader.take,
    end: () => {
      reader.end();
      return elements;
    },
  };
}

function listReader(path: string, maxTextLength: number, handler: ListHandler, field?: string): BodyReader<void> {
  const splitter = createListSplitter(handler, field);
  return { take: throughCutter(path, cutterFor(maxTextLength), splitter.write), end: splitter.end };
}

export interface LineHandler {
  onLine(line: string): void;
  /** There is no memory for a line, which need not be over. */
  onTooLong(): void;
}

/** Reads a body that may never end, a line after the other. */
export function linesReader(
  path: string,
  { answers, maxTextLength }: BodyLimits,
  { onLine, onTooLong }: LineHandler,
): BodyReader<void> {
  const memory = createAnswerMemory(answers);
  const text = createTextBuffer(memory);
  const append = (bytes: Buffer): void => {
    if (!text.append(bytes)) onTooLong();
  };
  const finishLine = (): void => {
    if (text.read(onLine) === undefined) onTooLong();
  };
  const take = (bytes: Buffer): void => {
    let from = 0;
    for (let to = bytes.indexOf('\n'); to !== -1; to = bytes.indexOf('\n', from)) {
      append(bytes.subarray(from, to));
      finishLine();
      from = to + 1;
    }
    append(bytes.subarray(from));
  };
  return {
    take: throughCutter(path, cutterFor(maxTextLength), take, Number.POSITIVE_INFINITY),
    end: finishLine,
    close: memory.close,
  };
}

/** Reads the beginning of what an engine or a proxy says of an error, and throws what is made of it. */
export function errorReader(
  path: string,
  answers: MemoryShare,
  errorOf: (body: string) => EngineError,
): BodyReader<never> {
  const memory = createAnswerMemory(answers);
  const text = createTextBuffer(memory);
  let size = 0;
  const end = (): never => {
    throw errorOf(text.read((body) => body)?.value ?? '');
  };
  const take = (bytes: Buffer): void => {
    size += bytes.length;
    text.append(bytes.subarray(0, maxErrorBytes));
    if (size > maxErrorBytes) end();
  };
  return { take: throughCutter(path, createStringCutter(maxErrorBytes / 2), take), end, close: memory.close };
}

/** A filter that leaves at least that many characters of a string: one is twelve bytes at most, `\ud83d\ude00`. */
function cutterFor(maxTextLength: number): (chunk: Buffer) => Buffer {
  return createStringCutter(12 * maxTextLength);
}

/** Hands on the bytes of a body, long strings cut. */
function throughCutter(
  path: string,
  cut: (chunk: Buffer) => Buffer,
  take: (bytes: Buffer) => void,
  maxBytes: number = maxWireBytes,
): BodyReader<unknown>['take'] {
  const yieldAfter = yieldEvery(bytesPerTick);
  let size = 0;
  return (chunk, flow) => {
    size += chunk.length;
    if (size > maxBytes)
      throw new EngineError('malformed', `GET ${path}: answer larger than ${maxBytes / mebibyte} MiB`);
    take(cut(chunk));
    if (size > bytesPerTick) noteBytesRead(chunk.length);
    yieldAfter(chunk.length, flow);
  };
}

/** Pauses an answer for one tick after so many bytes: a fast engine would fill many ticks with one. */
function yieldEvery(maxBytes: number): (bytes: number, flow: Flow) => void {
  let size = 0;
  return (bytes, flow) => {
    size += bytes;
    if (size < maxBytes) return;
    size = 0;
    flow.pause();
    setImmediate(() => flow.resume());
  };
}

/** One answer may have half of what there is for all. */
function tooLarge(path: string, { maxBytes }: MemoryShare): EngineError {
  const limit = `${(maxBytes / 2 / mebibyte).toFixed(1)} MiB`;
  return new EngineError('malformed', `GET ${path}: answer larger than the memory limit allows (${limit})`);
}
