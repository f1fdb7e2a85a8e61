import { totalmem } from 'node:os';

/** Bytes of memory that the process may use by its control group; undefined where that is no less than the machine has. */
export function memoryLimit(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : undefined;
}

/** MiB of the process that are no old objects: code, young objects, buffers, what Node.js itself takes. */
const otherMebibytes = 36;

/** With less the agent does not work. */
const minHeapMebibytes = 24;

/**
 * The flag that bounds the old objects of V8's heap by a memory limit in bytes. Left to itself V8 takes 256 MiB for the
 * least heap there is, and the kernel ends the process long before V8 takes the trouble to collect garbage.
 */
export function heapFlag(limit: number): string {
  return `--max-old-space-size=${Math.max(minHeapMebibytes, Math.floor(limit / 2 ** 20) - otherMebibytes)}`;
}
