import { totalmem } from 'node:os';
import { memoryLimit } from './memory-limit.ts';

/**
 * A part of the memory that the process may use. What comes from outside takes bytes of a share when it comes in, and gives
 * them back when it goes; what does not fit is left out and counted by whoever asked.
 */
export interface MemoryShare {
  readonly maxBytes: number;
  usedBytes(): number;
  freeBytes(): number;
  /** False where they do not fit, whatever else goes for them; then nothing is taken. */
  take(bytes: number): boolean;
  /** Names what goes for others: `giveBack` releases something, and returns false where there is nothing. */
  reclaimFrom(giveBack: () => boolean): void;
  release(bytes: number): void;
  /** A share whose bytes are this one's too, and at most that fraction of them. */
  part(fraction: number): MemoryShare;
}

/** The shares of one process. */
export interface MemoryBudget {
  /** What is known of containers, with their series on a page; sums, volumes. */
  readonly kept: MemoryShare;
  /** Expositions and other pages that are being made, or that clients have not read yet. */
  readonly pages: MemoryShare;
  /** Answers of the engine and of the collector that are being read. */
  readonly answers: MemoryShare;
  /** What clients hold by being connected. */
  readonly connections: MemoryShare;
}

const mebibyte = 2 ** 20;

/** The program without anything from outside: its code, V8's young generation and reserves, what Node.js itself takes. */
const programBytes = 44 * mebibyte;

/** With less the agent does not work. */
const minBytes = 12 * mebibyte;

/** Where no limit is set, half of the machine's memory, and no more than this. */
const maxBytes = 4_096 * mebibyte;

/** The budget of a process that may use so many bytes. Measured with `npm run abuse` at 64 and 128 MiB. */
export function createMemoryBudget(limit: number = memoryLimit() ?? Math.min(totalmem() / 2, maxBytes)): MemoryBudget {
  const bytes = Math.max(minBytes, limit - programBytes);
  return {
    kept: createMemoryShare(bytes / 2),
    pages: createMemoryShare(bytes / 4),
    answers: createMemoryShare(bytes / 8),
    connections: createMemoryShare(bytes / 8),
  };
}

/** A share of its own; `parent` is the one that its bytes are taken of as well. */
export function createMemoryShare(maxBytes: number, parent?: MemoryShare): MemoryShare {
  let used = 0;
  let giveBack = (): boolean => false;
  const fits = (bytes: number): boolean => used + bytes <= maxBytes;
  const share: MemoryShare = {
    maxBytes,
    usedBytes: () => used,
    freeBytes: () => Math.min(maxBytes - used, parent?.freeBytes() ?? Number.POSITIVE_INFINITY),
    take: (bytes) => {
      if (bytes > maxBytes) return false;
      while (!fits(bytes)) if (!giveBack()) return false;
      if (parent?.take(bytes) === false) return false;
      used += bytes;
      return true;
    },
    reclaimFrom: (other) => (giveBack = other),
    release: (bytes) => {
      used -= bytes;
      parent?.release(bytes);
    },
    part: (fraction) => createMemoryShare(maxBytes * fraction, share),
  };
  return share;
}

/**
 * Bytes that a series takes of what is kept: its values on their way to a page, and its labels, of so many characters. So
 * that the page of all that is kept fits into its share, where each character counts twice.
 */
export function seriesBytes(labelLength: number): number {
  return Math.max(250, 104 + 4 * labelLength);
}
