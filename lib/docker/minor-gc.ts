import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that may arrive before what was read of them is freed. */
const collectEveryBytes = 1024 * 1024;

let collect: NodeJS.GCFunction | undefined;
let sinceCollected = 0;

/**
 * Frees the pieces of large answers that were read. Left to itself V8 lets some 60 MB of them gather, since it counts
 * next to nothing of what lies outside its heap; a collection of young objects takes a millisecond.
 */
export function noteBytesRead(bytes: number): void {
  sinceCollected += bytes;
  if (sinceCollected < collectEveryBytes) return;
  sinceCollected = 0;
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as NodeJS.GCFunction;
  }
  collect({ type: 'minor' });
}
