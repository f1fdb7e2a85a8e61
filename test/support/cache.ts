import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where something that takes minutes to build is kept between runs. */
export function cachedPath(name: string): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, 'docker-stats-exporter', name);
}
