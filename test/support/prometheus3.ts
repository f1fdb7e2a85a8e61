import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './process.ts';

/** 3.16.0: Go modules count its major version in the minor one. */
const version = 'v0.316.0';

/** The binary of Prometheus 3, whether or not it was built yet. Debian has 2, which has no OTLP receiver. */
export function prometheus3Binary(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, 'docker-stats-exporter', `prometheus-${version}`);
}

/** Builds Prometheus 3 from its Go module, unless that was done. Takes minutes, and Go. */
async function buildPrometheus3(): Promise<void> {
  const binary = prometheus3Binary();
  if (existsSync(binary)) return;
  const folder = await mkdtemp(join(tmpdir(), 'prometheus3-'));
  try {
    const module = await run('go', ['mod', 'download', '-json', `github.com/prometheus/prometheus@${version}`]);
    const { Dir: source }: { Dir: string } = JSON.parse(module);
    // Modules are kept read-only, and Go builds the main module with its own replacements only outside of them.
    await run('cp', ['-r', '--no-preserve=mode', source, join(folder, 'source')]);
    await run('env', ['GOWORK=off', 'go', 'build', '-o', '../prometheus', './cmd/prometheus'], {
      cwd: join(folder, 'source'),
    });
    await mkdir(join(binary, '..'), { recursive: true });
    await run('cp', [join(folder, 'prometheus'), `${binary}.new`]);
    await rename(`${binary}.new`, binary);
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.main) {
  await buildPrometheus3();
  process.stdout.write(`${prometheus3Binary()}\n`);
}
