import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type Page, chromium } from 'playwright-core';
import { skipFor } from './tools.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** Where the machine's Chromium is; undefined where there is none. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}

/** The machine's Chromium for a suite, which is skipped without one, unless ENGINE_TESTS is `required`. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined;
  before('a browser', async function () {
    this.timeout(30_000);
    const executablePath = findChromium();
    if (executablePath === undefined) skipFor('Chromium is not installed', this);
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  after('no browser', () => browser?.close());
  return () => {
    if (browser === undefined) throw new Error('no browser');
    return browser;
  };
}

/** What a page complained of: errors, and what its policy kept it from. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return complaints;
}
