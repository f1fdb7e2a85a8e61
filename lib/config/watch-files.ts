import { type StatsListener, unwatchFile, watchFile } from 'node:fs';

/**
 * Calls back when one of the files, or what a link of that name leads to, is not what it was: changed, replaced, gone
 * or back. Files are looked at, since no notice comes of the links that Kubernetes puts its secrets behind.
 * The interval is in milliseconds. Returns what ends it.
 */
export function watchFiles(files: readonly string[], interval: number, onChange: () => void): () => void {
  const listener: StatsListener = () => onChange();
  for (const file of files) watchFile(file, { interval, persistent: false }, listener);
  return () => files.forEach((file) => unwatchFile(file, listener));
}
