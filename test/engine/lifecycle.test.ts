import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import type { Exposition } from '../support/exposition.ts';
import { describeOnEngines, useAgent, useEngine } from './suite.ts';

describeOnEngines('the very next scrape', function (version) {
  this.timeout(30_000);
  const engine = useEngine({ version });
  const agent = useAgent(engine);
  const labels = { container_name: 'subject' };

  beforeEach(() => engine().runContainer('subject', [], 'sleep', '1000'));
  afterEach(async () => {
    const left = await engine().docker('ps', '--all', '--quiet');
    if (left !== '') await engine().docker('rm', '--force', ...left.split('\n'));
  });

  /** The one state that a scrape shows of the subject, and whether it has figures of its resources. */
  const shown = (scrape: Exposition): object => {
    const states = scrape.select('container_info', labels).map((sample) => sample.labels.get('status'));
    const measured = [...scrape.families.keys()].filter((name) => /^container_(memory|cpu|network|pids)/.test(name));
    const withFigures = measured.filter((name) => scrape.select(name, labels).length > 0);
    expect([0, measured.length], 'all figures or none').to.include(withFigures.length);
    return { states, measured: withFigures.length > 0 };
  };
  const exitCode = (scrape: Exposition): number | undefined => scrape.value('container_exit_code', labels);

  it('shows a container that was started', async () => {
    const scrape = await agent().metrics();
    expect(shown(scrape)).to.deep.equal({ states: ['running'], measured: true });
    expect(exitCode(scrape)).to.equal(0);
    expect(scrape.value('container_pids_current', labels)).to.equal(1);
  });

  it('shows a container that was stopped without resources', async () => {
    expect(shown(await agent().metrics())).to.deep.equal({ states: ['running'], measured: true });
    await engine().docker('stop', 'subject');
    const scrape = await agent().metrics();
    expect(shown(scrape)).to.deep.equal({ states: ['exited'], measured: false });
    expect(scrape.value('container_uptime_seconds', labels)).to.equal(0);
  });

  it('shows a container that was paused, and that goes on, with resources', async () => {
    await engine().docker('pause', 'subject');
    expect(shown(await agent().metrics())).to.deep.equal({ states: ['paused'], measured: true });
    await engine().docker('unpause', 'subject');
    expect(shown(await agent().metrics())).to.deep.equal({ states: ['running'], measured: true });
  });

  it('shows the exit code of a container that was killed', async () => {
    await engine().docker('kill', 'subject');
    const scrape = await agent().metrics();
    expect(shown(scrape)).to.deep.equal({ states: ['exited'], measured: false });
    expect(exitCode(scrape)).to.equal(137);
  });

  it('shows counters from the new start after a restart, and nothing of the old', async () => {
    const cpuTime = async (): Promise<number> => {
      const stats = await engine().stats('subject');
      return (stats.cpu_stats?.cpu_usage?.total_usage ?? Number.NaN) / 1e9;
    };
    await engine().docker('exec', 'subject', 'sh', '-c', '(ulimit -t 2; while :; do :; done); true');
    const before = await agent().metrics();
    expect(before.value('container_cpu_usage_seconds_total', labels)).to.be.greaterThan(1);

    await engine().docker('restart', 'subject');
    const low = await cpuTime();
    const after = await agent().metrics();
    expect(after.value('container_cpu_usage_seconds_total', labels)).to.be.within(low, await cpuTime());
    expect(after.value('container_cpu_usage_seconds_total', labels)).to.be.lessThan(1);
    const start = after.value('container_start_time_seconds', labels) ?? Number.NaN;
    expect(start).to.be.greaterThan(before.value('container_start_time_seconds', labels) ?? Number.NaN);
    expect(shown(after)).to.deep.equal({ states: ['running'], measured: true });
  });

  it('shows a container that was renamed under its new name only', async () => {
    expect(shown(await agent().metrics())).to.deep.equal({ states: ['running'], measured: true });
    await engine().docker('rename', 'subject', 'renamed');
    const scrape = await agent().metrics();
    expect(namesIn(scrape)).to.deep.equal(['renamed']);
    expect(scrape.select('container_memory_usage_bytes')).to.have.lengthOf(1);
  });

  it('shows the limits that docker update set', async () => {
    const limit = async (name: string): Promise<number | undefined> =>
      (await agent().metrics()).value(`container_spec_${name}`, labels);
    expect(await limit('memory_limit_bytes')).to.equal(0);
    await engine().docker('update', '--memory=64m', '--memory-swap=128m', '--memory-reservation=32m', 'subject');
    expect(await limit('memory_limit_bytes')).to.equal(67_108_864);
    expect(await limit('memory_swap_limit_bytes')).to.equal(134_217_728);
    expect(await limit('memory_reservation_limit_bytes')).to.equal(33_554_432);
    expect(await limit('cpu_quota')).to.equal(undefined);
    await engine().docker('update', '--cpus=0.5', '--cpu-shares=512', '--pids-limit=99', 'subject');
    expect(await limit('cpu_quota')).to.equal(50_000);
    expect(await limit('cpu_period')).to.equal(100_000);
    expect(await limit('cpu_shares')).to.equal(512);
    expect(await limit('pids_limit')).to.equal(99);
  });

  it('shows nothing of a container that was removed', async () => {
    expect(namesIn(await agent().metrics())).to.deep.equal(['subject']);
    await engine().docker('rm', '--force', 'subject');
    const scrape = await agent().metrics();
    expect(namesIn(scrape)).to.deep.equal([]);
    expect(scrape.value('exporter_scrape_errors_total', { collector: 'container' })).to.equal(0);
  });

  it('shows that a health check failed', async () => {
    const check = ['--health-cmd=test ! -e /sick', '--health-interval=1s', '--health-retries=1'];
    await engine().runContainer('checked', check, 'sleep', '1000');
    const verdict = (word: string): Promise<boolean> =>
      eventually(`it is ${word}`, async () => {
        return (await engine().docker('inspect', '--format={{.State.Health.Status}}', 'checked')) === word;
      });
    const shownHealth = async (): Promise<number | undefined> =>
      (await agent().metrics()).value('container_health_status', { container_name: 'checked' });
    await verdict('healthy');
    expect(await shownHealth()).to.equal(2);
    await engine().docker('exec', 'checked', 'touch', '/sick');
    await verdict('unhealthy');
    expect(await shownHealth()).to.equal(3);
  });

  it('shows the restarts that the restart policy made', async () => {
    await engine().runContainer('looper', ['--restart', 'on-failure:2'], 'sh', '-c', 'exit 9');
    const format = '{{.RestartCount}} {{.State.ExitCode}} {{.State.Status}}';
    await eventually('the policy gives up', async () => {
      expect(await engine().docker('inspect', '--format', format, 'looper')).to.equal('2 9 exited');
      return true;
    });
    const scrape = await agent().metrics();
    const looper = { container_name: 'looper' };
    expect(scrape.value('container_restart_count', looper)).to.equal(2);
    expect(scrape.value('container_exit_code', looper)).to.equal(9);
  });
});

/** Every container name in any series of a scrape. */
function namesIn(scrape: Exposition): readonly (string | undefined)[] {
  const samples = [...scrape.families.values()].flatMap((family) => family.samples);
  return [...new Set(samples.map(({ labels }) => labels.get('container_name')))].filter((name) => name !== undefined);
}
