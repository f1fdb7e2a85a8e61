import { join } from 'node:path';
import { buildCached, cachedPath } from './cache.ts';
import { run } from './process.ts';

/** 3.16.0: Go modules count its major version in the minor one. */
const version = 'v0.316.0';

/** The binary of Prometheus 3, whether or not it was built yet. Debian has 2, which has no OTLP receiver. */
export function prometheus3Binary(): string {
  return cachedPath(`prometheus-${version}`);
}

/** Builds Prometheus 3 from its Go module, unless that was done. Takes minutes, and Go. */
export function buildPrometheus3(): Promise<void> {
  return buildCached(prometheus3Binary(), async (scratch) => {
    const module = await run('go', ['mod', 'download', '-json', `github.com/prometheus/prometheus@${version}`]);
    const { Dir: original }: { Dir: string } = JSON.parse(module);
    // Modules are kept read-only, and Go builds the main module with its own replacements only outside of them.
    const source = join(scratch, 'source');
    await run('cp', ['-r', '--no-preserve=mode', original, source]);
    await run('env', ['GOWORK=off', 'go', 'build', '-o', '../prometheus', './cmd/prometheus'], { cwd: source });
    return join(scratch, 'prometheus');
  });
}
