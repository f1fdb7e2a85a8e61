import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type EngineVersion, whyNoEngine } from './docker-engine.ts';
import { collectorBinary } from './otel-collector.ts';
import { prometheus3Binary } from './prometheus3.ts';

/** Gives a suite that needs commands of the machine its first hook: without them it is skipped. */
export function needsTools(...commands: readonly string[]): void {
  skipWhere(() => {
    const folders = (process.env['PATH'] ?? '').split(delimiter);
    const missing = commands.filter((command) => !folders.some((folder) => existsSync(join(folder, command))));
    return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
  });
}

/** Gives a suite that starts a Docker Engine of its own its first hook: where that can't be it is skipped. */
export function needsEngine(version?: EngineVersion): void {
  skipWhere(() => whyNoEngine(version));
}

/** Gives a suite that needs an OpenTelemetry Collector its first hook: where none was built it is skipped. */
export function needsCollector(): void {
  skipWhere(() => (existsSync(collectorBinary()) ? undefined : 'there is no Collector: npm run collector builds it'));
}

/** Gives a suite that needs Prometheus 3 its first hook: where none was built it is skipped. */
export function needsPrometheus3(): void {
  skipWhere(() =>
    existsSync(prometheus3Binary()) ? undefined : 'there is no Prometheus 3: npm run prometheus3 builds it',
  );
}

/** Skips the suite and says why on stderr; with ENGINE_TESTS=required it fails. */
function skipWhere(whyNot: () => string | undefined): void {
  before('what the suite needs', function () {
    const reason = whyNot();
    if (reason === undefined) return;
    if (process.env['ENGINE_TESTS'] === 'required') throw new Error(reason);
    process.stderr.write(`skipped: ${this.test?.parent?.title}: ${reason}\n`);
    this.skip();
  });
}
