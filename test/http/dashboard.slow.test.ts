import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type TestAgent, startTestAgent } from '../support/agent.ts';
import { complaintsOf, useBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';

interface RowFigures {
  readonly moved: number;
  readonly changed: number;
  /** Milliseconds from one frame to the next. */
  readonly longestFrame: number;
}

/** Run in the page: counts what happens to the rows from now on. */
const watchRows = `
  globalThis.figures = { moved: 0, changed: 0, longestFrame: 0 };
  const rows = document.querySelector('#rows');
  new MutationObserver((records) => (figures.moved += records.length)).observe(rows, { childList: true });
  new MutationObserver((records) => (figures.changed += records.length)).observe(rows, {
    childList: true, characterData: true, attributes: true, subtree: true,
  });
  let last = performance.now();
  requestAnimationFrame(function frame(now) {
    figures.longestFrame = Math.max(figures.longestFrame, now - last);
    last = now;
    requestAnimationFrame(frame);
  });
`;

describe('the page in a browser', function () {
  this.timeout(60_000);
  const browser = useBrowser();
  let engine: Simulator;
  let agent: TestAgent;
  let page: Page;
  let complaints: readonly string[];

  const open = async (containers: number, width = 1280): Promise<void> => {
    engine = await startSimulator({ containers });
    agent = await startTestAgent(['--docker.host', engine.host]);
    page = await browser().newPage({ viewport: { width, height: 800 } });
    complaints = complaintsOf(page);
    await page.goto(`http://127.0.0.1:${agent.port}/`);
    await eventually('the rows', async () => (await page.locator('#rows tr').count()) === containers, {
      within: 30_000,
    });
  };
  afterEach(async () => {
    await page.close();
    await agent.stop();
    await engine.stop();
  });

  const shown = (): Promise<string[]> => page.locator('#rows tr:visible td.name strong').allTextContents();
  const column = (name: string): Promise<string[]> => page.locator(`#rows td.${name}`).allTextContents();
  const text = (selector: string): Promise<string> => page.locator(selector).innerText();

  it('shows every container, with rates as soon as there are two snapshots', async () => {
    await open(20);
    const names = engine.containers.all().map(({ name }) => name);
    expect([...(await shown())].sort()).to.deep.equal(names.sort());
    await eventually('a CPU share', async () => (await column('cpu')).some((cell) => /^\d+\.\d %$/.test(cell)));
    expect((await column('memory')).some((cell) => /MiB.*% of/.test(cell))).to.equal(true);
    expect((await column('network')).some((cell) => /↓ \S+ k?B\/s/.test(cell))).to.equal(true);
    expect(await page.locator('polyline[points*=" "]').count()).to.be.greaterThan(10);
    expect(await text('#summary')).to.match(/^20 containers · \d+ running · /);
    expect(complaints).to.deep.equal([]);
  });

  it('sorts by mouse and keyboard, and tells a screen reader how', async () => {
    await open(20);
    expect(await page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).to.equal('ascending');
    const ascending = await shown();
    await page.getByRole('button', { name: 'Name' }).focus();
    await page.keyboard.press('Enter');
    expect(await page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).to.equal('descending');
    expect(await shown()).to.deep.equal(ascending.toReversed());
    await page.getByRole('button', { name: 'Memory' }).click();
    expect(await page.getByRole('columnheader', { name: 'Memory' }).getAttribute('aria-sort')).to.equal('descending');
    expect(await page.locator('[aria-sort]').count()).to.equal(1);
    const { containers } = (await (await agent.get('/api/containers')).json()) as {
      containers: { name: string; memory?: number }[];
    };
    const running = containers.filter(({ memory }) => memory !== undefined);
    const largest = running.sort((a, b) => (b.memory ?? 0) - (a.memory ?? 0))[0]?.name;
    expect((await shown()).slice(0, 2)).to.include(largest);
  });

  it('filters by words of name, project, image and state', async () => {
    await open(20);
    const all = await shown();
    await page.getByLabel('Filter').fill('SHOP web');
    const some = await shown();
    expect(some.length).to.be.greaterThan(0).and.lessThan(all.length);
    await page.getByLabel('Filter').fill('no such thing');
    expect(await shown()).to.deep.equal([]);
    expect(await text('#empty')).to.equal('No container matches the filter.');
    await page.getByLabel('Filter').fill('');
    expect(await shown()).to.deep.equal(all);
  });

  it('takes hostile names, projects and images for text', async () => {
    const attack = '<img src=x onerror="alert(1)">';
    await open(1);
    const script = '</td><script>alert(2)</script>';
    engine.containers.add({
      name: attack,
      image: script,
      labels: { 'com.docker.compose.project': `"'&${attack}` },
    });
    await eventually('the container', async () => (await shown()).includes(attack));
    expect(await column('project')).to.include(`"'&${attack}`);
    expect(await page.locator('#rows .sub').allTextContents()).to.include(script);
    expect(await page.locator('img, #rows script').count()).to.equal(0);
    expect(complaints).to.deep.equal([]);
  });

  it('says since when the daemon is away, pales, and comes back', async () => {
    await open(5);
    await engine.stop();
    await eventually('the banner', async () =>
      /The Docker daemon has been unreachable since \d/.test(await text('#banner')),
    );
    const banner = await text('#banner');
    expect(await shown()).to.have.length(5);
    await page.waitForTimeout(4_000);
    expect(await text('#banner')).to.equal(banner);
    await engine.start();
    await page.locator('#banner').waitFor({ state: 'hidden' });
    expect(await page.locator('body.stale').count()).to.equal(0);
  });

  it('says when the exporter itself is away', async () => {
    await open(5);
    await agent.stop();
    await eventually('the banner', async () =>
      /The exporter has been unreachable since \d/.test(await text('#banner')),
    );
  });

  it('costs no more engine calls with ten viewers than with one', async () => {
    await open(5);
    const others = await Promise.all(Array.from({ length: 9 }, () => browser().newPage()));
    await Promise.all(others.map((other) => other.goto(`http://127.0.0.1:${agent.port}/`)));
    engine.traffic.reset();
    await page.waitForTimeout(6_000);
    expect(engine.traffic.count('info')).to.be.within(1, 4);
    await Promise.all(others.map((other) => other.close()));
  });

  it('shows 500 containers, and takes in new figures without making or moving a row', async () => {
    await open(500);
    await eventually('a CPU share', async () => (await column('cpu')).some((cell) => cell.endsWith('%')));
    const before = await text('#summary');
    await page.evaluate(watchRows);
    await eventually('new figures', async () => (await text('#summary')) !== before);
    const { moved, changed, longestFrame } = await page.evaluate<RowFigures>('figures');
    expect({ moved, changed: changed > 0 }).to.deep.equal({ moved: 0, changed: true });
    await page.getByLabel('Filter').fill('web');
    expect((await shown()).length).to.be.within(1, 499);
    if (process.env['PAGE_FIGURES']) process.stdout.write(`      longest frame: ${longestFrame.toFixed()} ms\n`);
  });

  it('opens a row to show what happened to its container, and keeps that below the row', async () => {
    await open(5);
    engine.containers.add({ name: 'job' });
    engine.containers.exit('job', 3);
    const button = page.getByRole('button', { name: 'job', exact: true });
    await button.focus();
    await page.keyboard.press('Enter');
    expect(await button.getAttribute('aria-expanded')).to.equal('true');
    const events = page.getByRole('list', { name: 'Events of job, newest first' }).getByRole('listitem');
    await eventually('all events', async () => (await events.count()) === 3);
    const newest = await events.first().locator('time, span').allTextContents();
    expect(newest.slice(1)).to.deep.equal(['exited', 'code 3', 'error']);
    const happened = await events.locator('span:nth-of-type(1)').allTextContents();
    expect(happened).to.deep.equal(['exited', 'started', 'created']);
    await page.getByRole('button', { name: 'Name' }).click();
    expect(await page.locator('#rows tr:has(strong:text-is("job")) + tr.detail').count()).to.equal(1);
    await button.click();
    expect(await page.locator('#rows tr.detail').count()).to.equal(0);
  });

  it('lists what happened lately, newest first', async () => {
    await open(5);
    for (const name of ['first', '<b>second</b>']) {
      engine.containers.add({ name });
      engine.containers.exit(name, 1);
    }
    await eventually('the newest event', async () =>
      (await text('#newest')).endsWith(' <b>second</b> exited, code 1, error'),
    );
    await page.locator('#events summary').click();
    const names = await page.locator('#events li > :nth-child(2)').allTextContents();
    expect(names).to.deep.equal([...Array(3).fill('<b>second</b>'), ...Array(3).fill('first')]);
    engine.containers.remove('first');
    await eventually('its removal', async () => (await text('#newest')).endsWith(' first removed'));
  });

  it('shows bars for the CPU and the memory of those that have a limit', async () => {
    await open(20);
    const limited = engine.containers
      .all()
      .find(({ cpuLimit, memoryLimit, status }) => cpuLimit > 0 && memoryLimit > 0 && status === 'running');
    const plain = engine.containers.add({ name: 'plain' });
    const row = (name: string): Locator => page.locator('#rows tr', { has: page.getByText(name, { exact: true }) });
    const { name, cpuLimit } = limited ?? plain;
    // A row out of sight is not filled.
    await row(name).scrollIntoViewIfNeeded();
    await eventually('the share of the limit', async () =>
      (await row(name).locator('td.cpu').innerText()).includes(`% of ${cpuLimit} CPU`),
    );
    expect(await row(name).locator('.bar:visible').count()).to.equal(2);
    await row(plain.name).scrollIntoViewIfNeeded();
    await eventually('a CPU share', async () => /\d %/.test(await row(plain.name).locator('td.cpu').innerText()));
    expect(await row(plain.name).locator('.bar:visible').count()).to.equal(0);
  });

  it('leaves room for names in a window of 1,120 pixels', async () => {
    await open(20, 1120);
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(1120);
    expect((await page.locator('#rows td.name').first().boundingBox())?.width).to.be.at.least(180);
  });

  it('fits a telephone without scrolling sideways', async () => {
    await open(20, 360);
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(360);
    await page.getByRole('button', { name: 'CPU' }).click();
    expect(await page.getByRole('columnheader', { name: 'CPU' }).getAttribute('aria-sort')).to.equal('descending');
  });
});

describe('what the page is made of', () => {
  it('may load nothing from elsewhere and run nothing inline', async () => {
    const engine = await startSimulator({ containers: 1 });
    const agent = await startTestAgent(['--docker.host', engine.host]);
    const page = await agent.get('/');
    const policy = page.headers.get('content-security-policy');
    expect(policy).to.contain("default-src 'none'").and.to.not.contain('unsafe');
    const html = await page.text();
    expect(html).to.not.match(/<script>|<style>| style=| on\w+=|https?:/);
    const types = ['/dashboard/dashboard.js', '/dashboard/dashboard.css', '/api/containers'].map(async (path) => {
      const { headers } = await agent.get(path);
      return headers.get('content-type');
    });
    expect(await Promise.all(types)).to.deep.equal([
      'text/javascript; charset=utf-8',
      'text/css; charset=utf-8',
      'application/json; charset=utf-8',
    ]);
    await agent.stop();
    await engine.stop();
  });
});
