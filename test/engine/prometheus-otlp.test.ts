import { expect } from 'chai';
import { catalogue } from '../../lib/metrics/catalogue.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type TestAgent, startTestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { type InstantSeries, type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { prometheus3Binary } from '../support/prometheus3.ts';
import { translatedName } from '../support/translated-name.ts';
import { needsPrometheus3 } from '../support/tools.ts';

describe("the OTLP receiver of a real Prometheus 3, which promotes no resource attributes, after a minute's pushes", function () {
  this.timeout(240_000);
  const containers = 100;
  /** What was pushed of containers; the same Prometheus scrapes the agent as the job `docker`. */
  const pushed = 'job!="docker", instance=~"[0-9a-f]{64}"';
  const join = 'on (job, instance) group_left (container_name, container_image_name) target_info';
  let engine: Simulator;
  let agent: TestAgent;
  let prometheus: Prometheus;
  let pusher: TestAgent;
  let end: number;

  needsPrometheus3();
  before(async () => {
    engine = await startSimulator({ containers, allRunning: true });
    agent = await startTestAgent(['--docker.host', engine.host]);
    const config = {
      global: { scrape_interval: '2s', scrape_timeout: '2s' },
      scrape_configs: [{ job_name: 'docker', static_configs: [{ targets: [`127.0.0.1:${agent.port}`] }] }],
    };
    prometheus = await startPrometheus({
      config: JSON.stringify(config),
      binary: prometheus3Binary(),
      args: ['--web.enable-otlp-receiver', '--enable-feature=promql-experimental-functions'],
    });
    const receiver = `http://127.0.0.1:${prometheus.port}/api/v1/otlp/v1/metrics`;
    const interval = ['--otlp.export_interval', '2s'];
    pusher = await startTestAgent(['--docker.host', engine.host, ...interval, '--otlp.metrics_endpoint', receiver]);
    await eventually(
      'a minute of pushes',
      async () => ((await pusher.metrics()).value('exporter_otlp_pushes_total') ?? 0) >= 30,
      {
        within: 200_000,
      },
    );
    end = Date.now() / 1_000;
  });
  after(async () => {
    await pusher?.stop();
    await prometheus?.stop();
    await agent?.stop();
    await engine?.stop();
  });

  /** Values by the name of the container, with the labels that come along. */
  const byName = (series: readonly InstantSeries[]): Map<string, InstantSeries> =>
    new Map(series.map((one) => [one.metric['container_name'] ?? '', one]));

  it('accepted every push', async () => {
    const metrics = await pusher.metrics();
    expect(metrics.value('exporter_otlp_push_failures_total')).to.equal(0);
    expect(pusher.log.filter(({ level, message }) => level !== 'info' && message.includes('OTLP'))).to.deep.equal([]);
  });

  it('keeps a series of every container under each name, and one target_info', async () => {
    const found = await prometheus.query(
      `count by (__name__) (count by (__name__, job, instance) ({__name__=~"container_.+", ${pushed}}))`,
      end,
    );
    const counts = new Map(found.map(({ metric, value: [, count] }) => [metric['__name__'], Number(count)]));
    const own = await agent.metrics();
    const complete = catalogue
      .flatMap(({ metrics }) => metrics)
      .filter(({ name }) => name.startsWith('container_'))
      .filter(
        ({ name }) => new Set(own.select(name).map(({ labels }) => labels.get('container_name'))).size === containers,
      );
    expect(complete.length).to.be.at.least(20);
    const wrong = complete.map(translatedName).filter((name) => counts.get(name) !== containers);
    expect(wrong).to.deep.equal([]);
    const info = await prometheus.query(`target_info{${pushed}}`, end);
    expect(info).to.have.length(containers);
    expect(new Set(info.map(({ metric }) => `${metric['job']} ${metric['instance']}`)).size).to.equal(containers);
  });

  it('shows name and image by info() as by a join', async () => {
    const target = `container_memory_usage_bytes{${pushed}}`;
    const [joined, informed] = await Promise.all([
      prometheus.query(`${target} * ${join}`, end),
      prometheus.query(`info(${target}, {container_name=~".+", container_image_name=~".+"})`, end),
    ]);
    const ofInfo = byName(informed);
    expect(ofInfo.size).to.equal(containers);
    for (const [name, { metric, value }] of byName(joined)) {
      expect(metric['container_image_name'], name).to.be.a('string').and.not.equal('');
      expect(ofInfo.get(name)?.metric['container_image_name'], name).to.equal(metric['container_image_name']);
      expect(ofInfo.get(name)?.value, name).to.deep.equal(value);
    }
  });

  it('shows, joined with names and images, the rate of CPU time that scraping shows, within a percent', async () => {
    const [ours, theirs] = await Promise.all([
      prometheus.query(`rate(container_cpu_usage_seconds_total{job="docker"}[45s])`, end),
      prometheus.query(`rate(container_cpu_usage_time_seconds_total{${pushed}}[45s]) * ${join}`, end),
    ]);
    const scraped = byName(ours);
    expect(scraped.size).to.equal(containers);
    expect(theirs).to.have.length(containers);
    const totals = { scraped: 0, pushed: 0 };
    for (const [name, { metric, value }] of byName(theirs)) {
      const other = scraped.get(name);
      expect(metric['container_image_name'], name).to.be.a('string').and.not.equal('');
      const rate = Number(other?.value[1]);
      // The load of one container varies, and samples of the two are up to two seconds apart, more on a busy machine.
      expect(Number(value[1]), name).to.be.closeTo(rate, rate * 0.2);
      totals.scraped += rate;
      totals.pushed += Number(value[1]);
    }
    expect(totals.pushed).to.be.closeTo(totals.scraped, totals.scraped * 0.01);
  });
});
