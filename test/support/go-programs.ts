/**
 * `npm run tools`: builds what engine tests need and only Go can build: Docker 29, an OpenTelemetry Collector and
 * Prometheus 3. Takes minutes the first time, and nothing later. Exits with 1 and one line where the machine lacks
 * a package.
 */
import { existsSync } from 'node:fs';
import { buildDocker29, docker29Folder } from './docker-29.ts';
import { buildCollector, collectorBinary } from './otel-collector.ts';
import { buildPrometheus3, prometheus3Binary } from './prometheus3.ts';
import { missingCommands, run } from './process.ts';

const programs = [
  { path: docker29Folder(), build: buildDocker29 },
  { path: collectorBinary(), build: buildCollector },
  { path: prometheus3Binary(), build: buildPrometheus3 },
].filter(({ path }) => !existsSync(path));

/** Debian's packages of the commands that the builds run. */
const packages: Readonly<Record<string, string>> = { go: 'golang-go', gcc: 'gcc', 'pkg-config': 'pkg-config' };
const missing = missingCommands(Object.keys(packages)).map((command) => packages[command]);
const hasLibseccomp = await run('pkg-config', ['--exists', 'libseccomp']).then(
  () => true,
  () => false,
);
if (!hasLibseccomp) missing.push('libseccomp-dev');

if (programs.length > 0 && missing.length > 0) {
  process.stderr.write(`the tools can't be built: sudo apt-get install ${missing.join(' ')}\n`);
  process.exitCode = 1;
} else {
  for (const { path, build } of programs) {
    await build();
    process.stdout.write(`${path}\n`);
  }
}
