import { expect } from 'chai';
import { compare, lifecycleChaos } from '../chaos/lifecycle.ts';
import { createLifecycleOperations, jobKinds } from '../chaos/lifecycle-operations.ts';
import { eventually } from '../support/eventually.ts';
import { type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { describeOnEngines, useAgent, useEngine } from './suite.ts';

/** Jobs of each kind; the five kinds make 200 with 40. */
const jobsOfAKind = Number(process.env['LIFECYCLE_JOBS'] ?? 5);

describeOnEngines('what happens between two scrapes', function (version) {
  this.timeout(180_000 + jobsOfAKind * 10_000);
  const engine = useEngine({ version });
  const agent = useAgent(engine);
  let prometheus: Prometheus | undefined;

  after('no Prometheus', () => prometheus?.stop());
  afterEach('no containers', async () => {
    const ids = (await engine().docker('ps', '--all', '--quiet')).split('\n').filter((id) => id !== '');
    if (ids.length > 0) await engine().docker('rm', '--force', ...ids);
  });

  const increase = async (metric: string, labels: string): Promise<number> => {
    const [found] = (await prometheus?.query(`increase(${metric}{${labels}}[1m])`)) ?? [];
    return Number(found?.value[1]);
  };

  it('counts every job that came and went, under the reason of its end, and how long it ran', async () => {
    const operations = await createLifecycleOperations(engine());
    for (let round = 0; round < jobsOfAKind; round += 1) {
      await Promise.all(jobKinds.map((kind) => operations.runJob(kind)));
    }
    expect(compare(await agent().metrics(), operations)).to.deep.equal([]);
    expect((await agent().metrics()).value('exporter_event_gaps_total')).to.equal(0);
  });

  it('counts a crash loop, a stop by hand and failing health checks, as increase() sees it', async () => {
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [{ job_name: 'docker', static_configs: [{ targets: [`127.0.0.1:${agent().port}`] }] }],
    };
    prometheus = await startPrometheus({ config: JSON.stringify(config) });
    const { docker } = engine();
    await docker('create', '--name', 'loop', '--restart', 'on-failure:2', 'bb', 'sh', '-c', 'sleep 1; exit 7');
    await engine().runContainer('by-hand', [], 'sleep', '100000');
    const check = ['--health-cmd', 'false', '--health-interval', '1s', '--health-retries', '2'];
    await engine().runContainer('sick', check, 'sleep', '100000');
    const series = 'container_starts_total{container_name=~"loop|by-hand|sick"}';
    await eventually('Prometheus has all of them', async () => (await prometheus?.query(series))?.length === 3);
    await docker('start', 'loop');
    await docker('stop', 'by-hand');
    const expected = [
      ['container_starts_total', 'container_name="loop"', 3],
      ['container_exits_total', 'container_name="loop",reason="error"', 3],
      ['container_exits_total', 'container_name="by-hand",reason="stopped"', 1],
      ['container_exits_total', 'container_name="by-hand",reason="error"', 0],
      ['container_exits_total', 'container_name="sick",reason="error"', 0],
    ] as const;
    for (const [metric, labels, times] of expected) {
      await eventually(
        `increase() of ${metric}{${labels}} is ${times}`,
        async () => Math.round(await increase(metric, labels)) === times,
        { within: 60_000, every: 500 },
      );
    }
    const scrape = await agent().metrics();
    const of = (name: string) => ({ container_name: name });
    expect(scrape.value('container_starts_total', of('loop'))).to.equal(3);
    expect(scrape.value('container_restart_count', of('loop'))).to.equal(2);
    expect(scrape.value('container_health_failing_streak', of('sick'))).to.be.at.least(2);
    expect(scrape.value('container_finished_time_seconds', of('by-hand'))).to.be.closeTo(Date.now() / 1000, 120);
  });

  it('loses nothing when the stream of events is cut, and says so when the daemon restarts', async () => {
    const options = { engine: engine(), seed: 1, operations: 16, cuts: 3, restarts: 1 };
    const { differences, gaps } = await lifecycleChaos(options);
    expect(differences).to.deep.equal([]);
    expect(gaps).to.be.within(1, 2);
  });
});
