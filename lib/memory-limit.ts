import { totalmem } from 'node:os';

/** Bytes of memory that the process may use by its control group; undefined where that is no less than the machine has. */
export function memoryLimit(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : undefined;
}
