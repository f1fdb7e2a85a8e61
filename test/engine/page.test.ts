import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { type AgentProcess, startAgent } from '../support/agent-process.ts';
import { complaintsOf, useBrowser } from '../support/browser.ts';
import { type DockerEngine, startDockerEngine } from '../support/docker-engine.ts';
import { eventually } from '../support/eventually.ts';
import { needsEngine } from '../support/tools.ts';

const attack = '<img src=x onerror=alert(1)>';

describe('the page, of a real engine', function () {
  this.timeout(120_000);
  const browser = useBrowser();
  let engine: DockerEngine | undefined;
  let agent: AgentProcess | undefined;

  needsEngine();
  before('an engine and an agent', async () => {
    engine = await startDockerEngine();
    await engine.runContainer('busy', ['--cpus', '0.3', '--memory', '64m'], 'sh', '-c', 'while :; do :; done');
    await engine.runContainer('idle', ['--label', `com.docker.compose.project=${attack}`], 'sleep', '100000');
    agent = await startAgent({ args: ['--docker.host', engine.host] });
  });
  after('nothing of it', async () => {
    await agent?.stop();
    await engine?.stop();
  });

  const cells = (page: Page, column: string): Promise<string[]> => page.locator(`#rows td.${column}`).allTextContents();

  it('is filled, takes a hostile label for text, and says when the daemon goes and comes', async () => {
    const page = await browser().newPage();
    const complaints = complaintsOf(page);
    await page.goto(`http://127.0.0.1:${agent?.port}/`);
    await eventually('two rows', async () => (await page.locator('#rows tr').count()) === 2);
    expect(await page.locator('td.name strong').allTextContents()).to.deep.equal(['busy', 'idle']);
    expect(await cells(page, 'project')).to.deep.equal(['–', attack]);
    await eventually(
      'the load',
      async () => {
        const share = Number.parseFloat((await cells(page, 'cpu'))[0] ?? '');
        return share > 5 && share < 60;
      },
      { within: 30_000 },
    );
    expect((await cells(page, 'memory'))[0]).to.match(/of 64 MiB$/);
    expect(complaints).to.deep.equal([]);

    await engine?.terminate();
    await eventually('the banner', () => page.locator('#banner').isVisible(), { within: 30_000 });
    expect(await page.locator('#banner').innerText()).to.match(/^The Docker daemon has been unreachable since \d/);
    await engine?.start();
    await eventually('no banner', () => page.locator('#banner').isHidden(), { within: 30_000 });
    expect(await cells(page, 'state')).to.have.length(2);
    await page.close();
  });
});
