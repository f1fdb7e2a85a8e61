import { existsSync } from 'node:fs';
import { type EngineVersion, whyNoEngine } from './docker-engine.ts';
import { collectorBinary } from './otel-collector.ts';
import { missingCommands } from './process.ts';
import { prometheus3Binary } from './prometheus3.ts';

/** Gives a suite that needs commands of the machine its first hook: without them it is skipped. */
export function needsTools(...commands: readonly string[]): void {
  skipWhere(() => whyNoTools(commands));
}

/** Skips the test where a command of the machine is missing; with ENGINE_TESTS=required it fails. */
export function requireTools(test: Mocha.Context, ...commands: readonly string[]): void {
  const reason = whyNoTools(commands);
  if (reason !== undefined) skipFor(reason, test);
}

/** Skips the test and says why on stderr; with ENGINE_TESTS=required it fails. */
export function skipFor(reason: string, test: Mocha.Context): never {
  if (process.env['ENGINE_TESTS'] === 'required') throw new Error(reason);
  process.stderr.write(`skipped: ${test.test?.parent?.title}: ${reason}\n`);
  test.skip();
}

function whyNoTools(commands: readonly string[]): string | undefined {
  const missing = missingCommands(commands);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

/** Gives a suite that starts a Docker Engine of its own its first hook: where that can't be it is skipped. */
export function needsEngine(version?: EngineVersion): void {
  skipWhere(() => whyNoEngine(version));
}

/** Gives a suite that needs an OpenTelemetry Collector its first hook: where none was built it is skipped. */
export function needsCollector(): void {
  skipWhere(() => (existsSync(collectorBinary()) ? undefined : 'there is no Collector: npm run tools builds it'));
}

/** Gives a suite that needs Prometheus 3 its first hook: where none was built it is skipped. */
export function needsPrometheus3(): void {
  skipWhere(() => (existsSync(prometheus3Binary()) ? undefined : 'there is no Prometheus 3: npm run tools builds it'));
}

function skipWhere(whyNot: () => string | undefined): void {
  before('what the suite needs', function () {
    const reason = whyNot();
    if (reason !== undefined) skipFor(reason, this);
  });
}
