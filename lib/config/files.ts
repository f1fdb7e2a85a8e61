import {
  type StatsListener,
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  statSync,
  unwatchFile,
  watchFile,
} from 'node:fs';
import { messageOf } from '../error-message.ts';

/** Far more than any configuration needs, and little enough to parse at once. */
const maxTextBytes = 256 * 1024;

/** The certificate authorities of a whole system are a quarter to a half of it. */
const maxPemBytes = 1024 * 1024;

/** Reads a text file. Throws an Error that says why it can't be read, without naming the file. */
export function readTextFile(path: string): string {
  const bytes = readFile(path, maxTextBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error('is not UTF-8 text', { cause: error });
  }
}

/** Reads certificates or a key. Throws an Error that names the file and says why it can't be read. */
export function readPemFile(path: string): Buffer {
  try {
    return readFile(path, maxPemBytes);
  } catch (error) {
    throw new Error(`${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Why a file could not be read, such as `no such file`; undefined where it can. */
export function whyUnreadable(path: string, kind: 'file' | 'directory'): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    const stats = statSync(path);
    if (kind === 'directory') return stats.isDirectory() ? undefined : 'is not a directory';
    if (stats.isDirectory()) return 'is a directory';
    return stats.isFile() ? undefined : notRegular;
  } catch (error) {
    return reasonFor(error);
  }
}

/**
 * Calls back when one of the files, or what a link of that name leads to, is not what it was: changed, replaced, gone
 * or back. Files are polled, since nothing announces a change of the links that Kubernetes puts its secrets behind.
 * Returns what ends it.
 */
export function watchFiles(files: readonly string[], intervalMs: number, onChange: () => void): () => void {
  const listener: StatsListener = () => onChange();
  for (const file of files) watchFile(file, { interval: intervalMs, persistent: false }, listener);
  return () => files.forEach((file) => unwatchFile(file, listener));
}

function readFile(path: string, maxBytes: number): Buffer {
  let bytes: Buffer | undefined;
  try {
    bytes = readRegularFile(path, maxBytes + 1);
  } catch (error) {
    throw new Error(reasonFor(error), { cause: error });
  }
  if (bytes === undefined) throw new Error(notRegular);
  if (bytes.length > maxBytes) throw new Error(`is larger than ${maxBytes / 1024} KiB`);
  return bytes;
}

/**
 * The first bytes of a regular file; undefined for a pipe or a device, which might keep the program waiting for ever:
 * it is opened without waiting for a writer, and not read.
 */
function readRegularFile(path: string, size: number): Buffer | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() && !stats.isDirectory()) return undefined;
    const buffer = Buffer.alloc(size);
    let length = 0;
    for (;;) {
      const count = readSync(file, buffer, length, size - length, null);
      length += count;
      if (count === 0 || length === size) return buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

const notRegular = 'is not a regular file';

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'is a directory'],
]);

function reasonFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return reasons.get(code) ?? `can't be read (${code})`;
}
