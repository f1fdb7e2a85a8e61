import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import { type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { useAgent, useEngine } from './suite.ts';

/** Seconds of scraping; more for a look over a longer time. */
const duration = Number(process.env['PROMETHEUS_SECONDS'] ?? 60);
const interval = 2;

describe('a real Prometheus that scrapes a real engine', function () {
  this.timeout((duration + 60) * 1000);
  const engine = useEngine();
  const agent = useAgent(engine);
  let server: Prometheus | undefined;

  before('a Prometheus', async () => {
    const config = {
      global: { scrape_interval: `${interval}s`, scrape_timeout: `${interval}s` },
      scrape_configs: [{ job_name: 'docker', static_configs: [{ targets: [`127.0.0.1:${agent().port}`] }] }],
    };
    await engine().runContainer('busy', ['--cpus', '0.25'], 'sh', '-c', 'while :; do :; done');
    await engine().runContainer('idle', [], 'sleep', '100000');
    await engine().runContainer('doomed', [], 'sleep', '100000');
    server = await startPrometheus({ config: JSON.stringify(config) });
  });
  after('no Prometheus', () => server?.stop());

  const prometheus = (): Prometheus => {
    if (server === undefined) throw new Error('no Prometheus');
    return server;
  };
  /** All values that were scraped, up to a Unix time in seconds or now. */
  const scrapes = async (series: string, until?: number): Promise<readonly number[]> => {
    const [found] = await prometheus().samples(`${series}[1d]`, until);
    return (found?.values ?? []).map(([, value]) => Number(value));
  };
  const value = async (expression: string, time?: number): Promise<number> => {
    const [found] = await prometheus().query(expression, time);
    return Number(found?.value[1]);
  };
  /** Unix seconds, and the CPU seconds of the container as the engine counts them. */
  const engineCount = async (): Promise<readonly [time: number, used: number]> => {
    const { read = '', cpu_stats: cpu } = await engine().stats('busy');
    return [Date.parse(read) / 1000, (cpu?.cpu_usage?.total_usage ?? Number.NaN) / 1e9];
  };

  it('is up at every scrape, counts no error, and rates the busy container as the engine counts it', async () => {
    // Prometheus looks for its targets every five seconds.
    await eventually('the first scrape', async () => (await scrapes('up')).length > 0, { within: 15_000 });
    const [fromTime, fromUsed] = await engineCount();
    await sleep(duration * 1000);
    const [toTime, toUsed] = await engineCount();

    const last = await value('timestamp(up)');
    const ups = await scrapes('up', last);
    expect(ups.length).to.be.at.least(Math.floor(duration / interval));
    expect(new Set(ups)).to.deep.equal(new Set([1]));
    expect(new Set(await scrapes('exporter_up', last))).to.deep.equal(new Set([1]));
    expect(new Set(await scrapes('exporter_scrape_errors_total{collector="container"}', last))).to.deep.equal(
      new Set([0]),
    );
    expect(new Set(await scrapes('exporter_scrape_errors_total{collector="system"}', last))).to.deep.equal(
      new Set([0]),
    );
    expect((await prometheus().targets()).map(({ health, lastError }) => [health, lastError])).to.deep.equal([
      ['up', ''],
    ]);
    // Each scrape had each container, and the same series.
    expect(await scrapes('container_last_seen{container_name="idle"}', last)).to.have.lengthOf(ups.length);
    expect(new Set(await scrapes('scrape_samples_scraped', last)).size).to.equal(1);

    const used = (toUsed - fromUsed) / (toTime - fromTime);
    const range = `${Math.round((toTime - fromTime) * 1000)}ms`;
    const rate = await value(`rate(container_cpu_usage_seconds_total{container_name="busy"}[${range}])`, toTime);
    expect(used).to.be.within(0.02, 0.3);
    expect(rate).to.be.closeTo(used, used * 0.1);
  });

  it('forgets a removed container at once, and keeps the others', async () => {
    const query = '{__name__=~"container_.+", container_name="doomed"}';
    expect(await prometheus().query(query)).to.have.length.greaterThan(15);
    await engine().docker('rm', '--force', 'doomed');
    const removed = Date.now() / 1000;
    // Without staleness markers they would be there for five minutes more.
    await eventually('its series are stale', async () => (await prometheus().query(query)).length === 0, {
      within: 3 * interval * 1000,
    });
    expect(Date.now() / 1000 - removed).to.be.lessThan(4 * interval);
    expect(await prometheus().query('container_last_seen')).to.have.lengthOf(2);
    expect(await prometheus().query(query, removed - 1)).to.have.length.greaterThan(15);
  });

  it('scrapes on without a gap while the container is restarted, and sees its counter start anew', async () => {
    const count = 'container_cpu_usage_seconds_total{container_name="busy"}';
    const before = await value(count);
    await engine().docker('restart', 'busy');
    await eventually('a scrape after the restart', async () => (await value(`resets(${count}[1m])`)) === 1, {
      within: 3 * interval * 1000,
    });
    expect(await value(count)).to.be.lessThan(before);
    expect(new Set(await scrapes('up'))).to.deep.equal(new Set([1]));
  });
});
