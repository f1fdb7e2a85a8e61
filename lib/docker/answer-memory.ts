import { isAscii } from 'node:buffer';
import type { MemoryShare } from '../memory-budget.ts';

/** What one answer takes of the memory that all answers under way have together. */
export interface AnswerMemory {
  /** False where so many bytes do not fit, or the answer would have more than it leaves to the others. */
  take(bytes: number): boolean;
  release(bytes: number): void;
  /** Releases all of it. */
  close(): void;
}

export function createAnswerMemory(answers: MemoryShare): AnswerMemory {
  let used = 0;
  const release = (bytes: number): void => {
    used -= bytes;
    answers.release(bytes);
  };
  return {
    take: (bytes) => {
      if (used + bytes > answers.freeBytes() - bytes || !answers.take(bytes)) return false;
      used += bytes;
      return true;
    },
    release,
    close: () => release(used),
  };
}

/**
 * Bytes that V8 takes for what a character of JSON begins: a list, an object, the value of a key that no other object
 * has, another element. Measured, beside the characters: an empty list 40, an object of one such key 180.
 */
const structureBytes = new Uint8Array(256);
for (const character of '[{:') structureBytes[character.charCodeAt(0)] = 80;
structureBytes[','.charCodeAt(0)] = 32;

/** Bytes of memory for parsing JSON, beside the bytes themselves: its text, the strings in it, objects and lists. */
export function parsingBytes(json: Buffer): number {
  const bytesPerCharacter = isAscii(json) ? 1 : 2;
  let structure = 0;
  for (let at = 0; at < json.length; at += 1) structure += structureBytes[json[at] ?? 0] ?? 0;
  return 2 * bytesPerCharacter * json.length + structure;
}

/** Bytes that are kept of an event from a line of JSON: its strings, and its attributes. */
export function eventBytes(line: string, attributes: number): number {
  const bytesPerCharacter = Buffer.byteLength(line) === line.length ? 1 : 2;
  return bytesPerCharacter * line.length + 64 * (attributes + 1);
}
