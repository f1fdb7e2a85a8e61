import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startAgent } from '../lib/agent.ts';
import { buildInfo } from '../lib/build-info.ts';
import { loadSettings } from '../lib/config/settings.ts';
import { createLogger } from '../lib/logging.ts';
import { findChromium } from '../test/support/browser.ts';
import { eventually } from '../test/support/eventually.ts';
import { startSimulator } from '../test/simulator/simulator.ts';

const picture = fileURLToPath(new URL('../deploy/images/page.png', import.meta.url));

const width = 1280;

/** A minute of snapshots, so that the lines of the page show something. */
const points = 20;

// `node scripts/write-screenshot.ts`: the picture of the page in the README.
const executablePath = findChromium();
if (executablePath === undefined) throw new Error('Chromium is not installed');

// One of each kind that the simulated host has: every state, and few enough to be read in the width of a README.
const engine = await startSimulator({ containers: 10 });
const loaded = loadSettings({ args: ['--server.port', '0', '--docker.host', engine.host], env: {} });
const agent = await startAgent(loaded, buildInfo, createLogger(loaded.settings.logging));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({
    viewport: { width, height: 1200 },
    colorScheme: 'light',
    timezoneId: 'UTC',
  });
  await page.goto(`http://127.0.0.1:${agent.port}/`);
  await page.locator('#rows tr').first().waitFor();
  engine.containers.exit('build-main', 1);
  engine.containers.recover('build-main');
  engine.containers.exit('build-main', 1);
  engine.containers.setHealth('shop-search-1', 'unhealthy');
  await page.getByRole('button', { name: 'build-main' }).click();
  const line = page.locator('#rows .cpu polyline[points*=" "]').first();
  await eventually(
    'lines long enough',
    async () => ((await line.getAttribute('points')) ?? '').split(' ').length >= points,
    { within: 180_000, every: 1_000 },
  );
  const table = await page.locator('table').boundingBox();
  if (table === null) throw new Error('the page shows no table');
  await page.screenshot({ path: picture, clip: { x: 0, y: 0, width, height: table.y + table.height + 24 } });
} finally {
  await browser.close();
  await agent.stop();
  await engine.stop();
}
