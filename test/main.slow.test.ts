import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startSimulator } from './simulator/simulator.ts';
import { startAgent } from './support/agent-process.ts';
import { eventually } from './support/eventually.ts';

const root = new URL('..', import.meta.url).pathname;

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['lib/main.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: {},
    timeout: 20_000,
  });
}

describe('the command', () => {
  it('prints its version', () => {
    const { status, stdout } = run('--version');
    expect(status).to.equal(0);
    expect(stdout).to.match(
      /^docker-stats-exporter \d+\.\d+\.\d+ \(commit \S+, built \S+, Node\.js v\d+\.\d+\.\d+\)\n$/,
    );
  });

  it('helps, with every setting', () => {
    const { status, stdout } = run('--help');
    expect(status).to.equal(0);
    for (const flag of ['--server.port', '--collection.filters.exclude.images', '--performance.max_waiting'])
      expect(stdout).to.contain(flag);
  });

  it('checks settings without starting', () => {
    expect(run('--check-config', '--server.port', '9300')).to.deep.include({
      status: 0,
      stdout: 'settings are valid\n',
    });
  });

  it('refuses a global label that a metric has', () => {
    const { status, stderr } = run('--check-config', '--metrics.global_labels=image=1');
    expect(stderr).to.contain('must be names of labels that no metric has, not "image"');
    expect(status).to.equal(1);
  });

  it('runs the doctor, and exits with its verdict', () => {
    const { status, stdout } = run('doctor', '--docker.host', 'unix:///nowhere.sock');
    expect(status).to.equal(1);
    expect(stdout).to.match(/^fail {2}socket \/nowhere\.sock: no such file$/m);
  });

  it('ends with status 1 and every problem, one a line, before it listens', () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    const file = join(folder, 'config.yaml');
    writeFileSync(
      file,
      'server:\n  prot: 1\n  port: 99999\n  auth: {enabled: true, password: hunter2}\ncollection: {timeout: 30}\n',
    );
    const { status, stdout, stderr } = run(
      '--config',
      file,
      '--docker.host',
      'ftp://x',
      '--collection.filters.include.names',
      '(',
    );
    rmSync(folder, { recursive: true });
    expect(status).to.equal(1);
    expect(stdout).to.equal('');
    const lines = stderr.trimEnd().split('\n');
    for (const key of [
      'server.prot',
      'server.port',
      'server.auth',
      'collection.timeout',
      'docker.host',
      'collection.filters.include.names',
    ]) {
      expect(
        lines.filter((line) => line.startsWith(key)),
        key,
      ).to.have.length.at.least(1);
    }
    expect(stderr).not.to.contain('hunter2');
  });

  it('ends with status 75, worth another try, and one line when its port is taken', async () => {
    const agent = await startAgent({ args: ['--docker.host', 'unix:///nowhere.sock'] });
    const { status, stdout, stderr } = run('--server.port', String(agent.port), '--server.address', '127.0.0.1');
    await agent.stop();
    expect(status).to.equal(75);
    expect(stderr).to.equal('');
    expect(stdout.trimEnd().split('\n')).to.have.length(1);
    expect(JSON.parse(stdout)).to.include({ level: 'error', message: 'failed to start' });
    expect(stdout).to.contain('EADDRINUSE');
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends with status 0 on ${signal}`, async () => {
      const agent = await startAgent({ args: ['--docker.host', 'unix:///nowhere.sock'] });
      expect(await agent.stop(signal)).to.include({ code: 0 });
      expect(agent.log().at(-1)).to.include({ message: 'stopped' });
    });
  }

  it('lets a scrape under way finish before it ends', async () => {
    const engine = await startSimulator({ containers: 3 });
    engine.fault('info', { delay: 500 });
    const agent = await startAgent({ args: ['--docker.host', engine.host] });
    engine.traffic.reset();
    const scrape = agent.metrics();
    await eventually('the scrape is under way', () => engine.traffic.count('info') > 0);
    expect(await agent.stop()).to.include({ code: 0 });
    expect((await scrape).value('docker_containers_total', { state: 'running' })).to.be.a('number');
    await engine.stop();
  });

  it('ends within 10 seconds even when the engine hangs', async function () {
    this.timeout(20_000);
    const engine = await startSimulator({ containers: 3 });
    engine.fault('stats', 'hang-before-headers');
    const agent = await startAgent({ args: ['--docker.host', engine.host] });
    const scrape = agent.metrics().catch(() => 'cut');
    // What comes after the scrape is answered, so the scrape was taken in.
    await agent.get('/health');
    const begun = performance.now();
    expect(await agent.stop()).to.include({ code: 0 });
    expect(performance.now() - begun).to.be.lessThan(10_000);
    expect(await scrape).to.equal('cut');
    await engine.stop();
  });

  it('writes log lines as text to stderr when set to', async () => {
    const { status, stdout, stderr } = run(
      '--server.port',
      '1',
      '--server.address',
      '203.0.113.1',
      '--logging.format',
      'text',
      '--logging.output',
      'stderr',
    );
    expect(status).to.equal(75);
    expect(stdout).to.equal('');
    expect(stderr).to.match(/^\S+Z ERROR failed to start error=".*"\n$/);
  });
});
