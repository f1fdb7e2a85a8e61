import {
  type StatsListener,
  accessSync,
  closeSync,
  constants,
  openSync,
  readSync,
  statSync,
  unwatchFile,
  watchFile,
} from 'node:fs';

/** Far more than any configuration needs, and little enough to parse at once. */
const maxBytes = 256 * 1024;

/**
 * Reads a text file, or what a pipe such as `<(command)` holds. Throws an Error that says why it can't be read.
 */
export function readTextFile(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readAtMost(path, maxBytes + 1);
  } catch (error) {
    throw new Error(reasonFor(error), { cause: error });
  }
  if (bytes.length > maxBytes) throw new Error(`is larger than ${maxBytes / 1024} KiB`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error('is not UTF-8 text', { cause: error });
  }
}

/** Why a file could not be read, such as `no such file`; undefined where it can. */
export function whyUnreadable(path: string, kind: 'file' | 'directory'): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    const isDirectory = statSync(path).isDirectory();
    if (isDirectory === (kind === 'directory')) return undefined;
    return isDirectory ? 'is a directory' : 'is not a directory';
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

function readAtMost(path: string, size: number): Buffer {
  const file = openSync(path, 'r');
  try {
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
