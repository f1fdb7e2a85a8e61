import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Gives a suite that needs commands of the machine its first hook: where one is not installed the suite is skipped and
 * says so on stderr; with ENGINE_TESTS=required it fails.
 */
export function needsTools(...commands: readonly string[]): void {
  before(`${commands.join(' and ')} installed`, function () {
    const folders = (process.env['PATH'] ?? '').split(delimiter);
    const missing = commands.filter((command) => !folders.some((folder) => existsSync(join(folder, command))));
    if (missing.length === 0) return;
    const reason = `not installed: ${missing.join(', ')}`;
    if (process.env['ENGINE_TESTS'] === 'required') throw new Error(reason);
    process.stderr.write(`skipped: ${this.test?.parent?.title}: ${reason}\n`);
    this.skip();
  });
}
