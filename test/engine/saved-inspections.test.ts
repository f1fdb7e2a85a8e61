import { rm } from 'node:fs/promises';
import { expect } from 'chai';
import { type AgentProcess, startAgent } from '../support/agent-process.ts';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { eventually } from '../support/eventually.ts';
import type { Exposition } from '../support/exposition.ts';
import { describeOnEngines, useEngine } from './suite.ts';

const inspection = /^\/containers\/[0-9a-f]{64}\/json/;
const subject = { container_name: 'subject' };

function infoOf(scrape: Exposition, name = 'subject'): Record<string, string | undefined> {
  const [sample, ...more] = scrape.select('container_info', { container_name: name });
  expect(more, 'one state only').to.deep.equal([]);
  return Object.fromEntries(sample?.labels ?? []);
}

describeOnEngines('the very next scrape, while inspections are saved', function (version) {
  this.timeout(60_000);
  const engine = useEngine({ version });
  let proxySocket = '';
  let proxy: CountingProxy;
  let agent: AgentProcess;

  before('an agent behind a proxy, and a subject', async () => {
    proxySocket = `${engine().socketPath}.proxy`;
    proxy = await startCountingProxy(proxySocket, engine().socketPath, inspection);
    agent = await startAgent({ args: ['--docker.host', proxy.host] });
  });
  after('neither', async () => {
    await agent.stop();
    await proxy.stop();
    await rm(proxySocket, { force: true });
  });

  beforeEach('a subject that nothing happens to, so that it is not inspected', async () => {
    const health = ['--health-cmd=test ! -e /sick', '--health-interval=1s', '--health-retries=1'];
    await engine().runContainer('subject', health, 'sh', '-c', 'trap "exit 7" TERM; while :; do sleep 0.1; done');
    await eventually('the subject is healthy', async () => (await tell('{{.State.Health.Status}}')) === 'healthy');
    await settle();
  });
  afterEach(async () => {
    const left = await engine().docker('ps', '--all', '--quiet');
    if (left !== '') await engine().docker('rm', '--force', ...left.split('\n'));
  });

  const tell = (format: string): Promise<string> => engine().docker('inspect', `--format=${format}`, 'subject');

  const settle = (): Promise<boolean> =>
    eventually('a scrape without inspections', async () => {
      proxy.reset();
      await agent.metrics();
      return !proxy.paths.some((path) => inspection.test(path));
    });

  const startTime = (scrape: Exposition): number => scrape.value('container_start_time_seconds', subject) ?? Number.NaN;

  it('shows that a health check failed', async () => {
    await engine().docker('exec', 'subject', 'touch', '/sick');
    await eventually('it is unhealthy', async () => (await tell('{{.State.Health.Status}}')) === 'unhealthy');
    expect(infoOf(await agent.metrics())).to.include({ status: 'running', health_status: 'unhealthy' });
  });

  it('shows a restart by its new start time', async () => {
    const before = startTime(await agent.metrics());
    await engine().docker('restart', 'subject');
    const startedAt = Date.parse(await tell('{{.State.StartedAt}}')) / 1000;
    const after = startTime(await agent.metrics());
    expect(after).to.be.closeTo(startedAt, 0.001);
    expect(after).to.be.greaterThan(before);
  });

  it('shows the restart of the policy by its count', async () => {
    await engine().docker('update', '--restart=always', 'subject');
    await settle();
    await engine().docker('exec', 'subject', 'kill', '-TERM', '1');
    await eventually('the policy has started it again', async () => {
      expect(await tell('{{.RestartCount}} {{.State.Status}}')).to.equal('1 running');
      return true;
    });
    expect((await agent.metrics()).value('container_restart_count', subject)).to.equal(1);
  });

  it('shows a new name, and the old one no more', async () => {
    await engine().docker('rename', 'subject', 'renamed');
    const scrape = await agent.metrics();
    expect(infoOf(scrape, 'renamed')).to.include({ status: 'running' });
    expect(scrape.select('container_info', subject)).to.deep.equal([]);
  });

  it('shows an exit code, and the new start after it', async () => {
    await engine().docker('kill', '--signal=TERM', 'subject');
    await eventually('it has ended', async () => (await tell('{{.State.Status}}')) === 'exited');
    const stopped = await agent.metrics();
    expect(infoOf(stopped)).to.include({ status: 'exited' });
    expect(stopped.value('container_exit_code', subject)).to.equal(7);
    await settle();

    await engine().docker('start', 'subject');
    const started = await agent.metrics();
    expect(infoOf(started)).to.include({ status: 'running' });
    expect(started.value('container_exit_code', subject)).to.equal(0);
    expect(startTime(started)).to.be.greaterThan(startTime(stopped));
  });

  it('shows a pause, and its end', async () => {
    // Docker 20.10 hangs for half a minute where a pause meets a health check.
    await engine().runContainer('unchecked', [], 'sleep', '1000');
    await settle();
    await engine().docker('pause', 'unchecked');
    expect(infoOf(await agent.metrics(), 'unchecked')).to.include({ status: 'paused' });
    await settle();
    await engine().docker('unpause', 'unchecked');
    expect(infoOf(await agent.metrics(), 'unchecked')).to.include({ status: 'running' });
  });

  it('shows a container that is new', async () => {
    await engine().runContainer('newcomer', [], 'sleep', '1000');
    expect(infoOf(await agent.metrics(), 'newcomer')).to.include({ status: 'running', health_status: 'none' });
  });

  it('shows what happened while a proxy in between was away', async () => {
    const before = startTime(await agent.metrics());
    await proxy.stop();
    await engine().docker('restart', 'subject');
    await engine().docker('rename', 'subject', 'renamed');
    proxy = await startCountingProxy(proxySocket, engine().socketPath, inspection);
    const scrape = await agent.metrics();
    const renamed = { container_name: 'renamed' };
    expect(scrape.select('container_info', subject)).to.deep.equal([]);
    expect(infoOf(scrape, 'renamed')).to.include({ status: 'running' });
    expect(scrape.value('container_start_time_seconds', renamed)).to.be.greaterThan(before);
  });

  it('shows what happened while the daemon restarted', async () => {
    const before = startTime(await agent.metrics());
    await engine().terminate();
    await engine().start();
    await engine().docker('start', 'subject');
    const after = startTime(await agent.metrics());
    expect(after).to.be.closeTo(Date.parse(await tell('{{.State.StartedAt}}')) / 1000, 0.001);
    expect(after).to.be.greaterThan(before);
  });
});
