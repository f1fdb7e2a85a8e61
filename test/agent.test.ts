import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Simulator, startSimulator } from './simulator/simulator.ts';
import { type TestAgent, startTestAgent } from './support/agent.ts';
import { parseExposition } from './support/exposition.ts';
import { parseOpenMetrics } from './support/openmetrics.ts';
import { eventually } from './support/eventually.ts';

describe('the agent', () => {
  let engine: Simulator;
  let agent: TestAgent;

  const setUp = async (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<void> => {
    engine = await startSimulator({ containers: 10, allRunning: true });
    agent = await startTestAgent(['--docker.host', engine.host, ...args], env);
  };
  afterEach(async () => {
    await agent.stop();
    await engine.stop();
  });

  it('serves every container of the engine', async () => {
    await setUp();
    const metrics = await agent.metrics();
    expect(metrics.value('exporter_up')).to.equal(1);
    expect(metrics.select('container_cpu_usage_seconds_total')).to.have.length(10);
  });

  it('puts the namespace before every name and the global labels behind every series', async () => {
    await setUp(['--metrics.namespace', 'lab', '--metrics.global_labels', 'site=north,rack=r 1']);
    const { families } = await agent.metrics();
    const samples = [...families.values()].flatMap((family) => family.samples);
    expect(samples.length).to.be.greaterThan(100);
    expect(samples.filter(({ name }) => !name.startsWith('lab_'))).to.deep.equal([]);
    expect(samples.filter(({ labels }) => [...labels].slice(-2).join() !== 'site,north,rack,r 1')).to.deep.equal([]);
  });

  it("shows the same snapshot under cAdvisor's names, with the global labels that are not its own", async () => {
    const globalLabels = 'site=north,name=x,container_label_y=z';
    await setUp(['--metrics.namespace', 'lab', '--metrics.global_labels', globalLabels, '--metrics.cache.enabled']);
    const own = await agent.metrics();
    const page = parseExposition(await (await agent.get('/metrics/cadvisor')).text());
    const usage = page.select('container_memory_usage_bytes', { site: 'north' });
    expect(usage.map(({ labels, value }) => [labels.get('name'), value])).to.have.deep.members(
      own.select('lab_container_memory_usage_bytes').map(({ labels, value }) => [labels.get('container_name'), value]),
    );
    expect(usage).to.have.length(10);
    expect([...(usage[0]?.labels.keys() ?? [])]).not.to.include('container_label_y');
  });

  it("asks for the password on the page of cAdvisor's names too, and may leave that page out", async () => {
    await setUp(['--server.auth.enabled', '--server.auth.username=u', '--server.auth.password=p']);
    expect((await agent.get('/metrics/cadvisor')).status).to.equal(401);
    const other = await startTestAgent(['--docker.host', engine.host, '--server.cadvisor_path=']);
    expect((await other.get('/metrics/cadvisor')).status).to.equal(404);
    await other.stop();
  });

  it('keeps a counter under its name in OpenMetrics, where cAdvisor has none that ends with _total', async () => {
    await setUp();
    const answer = await agent.get('/metrics/cadvisor', { accept: 'application/openmetrics-text' });
    const { families } = parseOpenMetrics(await answer.text());
    expect(families.get('container_memory_failcnt')?.type).to.equal('unknown');
    expect(families.get('container_memory_failcnt')?.samples).to.have.length(10);
    expect(families.get('container_cpu_user_seconds')?.type).to.equal('counter');
  });

  it('shows only the containers that the filters let through', async () => {
    await setUp([
      '--collection.filters.include.labels',
      'com.docker.compose.project=shop',
      '--collection.filters.exclude.names',
      'db',
    ]);
    const shown = (await agent.metrics()).select('container_info').map(({ labels }) => labels.get('container_name'));
    const wanted = engine.containers
      .all()
      .map(({ name }) => name)
      .filter((name) => name.startsWith('shop-') && !name.includes('db'));
    expect(wanted.length).to.be.greaterThan(0);
    expect(shown).to.have.members(wanted);
  });

  it('answers within the time that Prometheus waits, with all but the container that hangs', async () => {
    await setUp();
    engine.fault('stats', 'hang-in-body', engine.containers.all()[0]?.name);
    const metrics = await agent.metrics({ 'X-Prometheus-Scrape-Timeout-Seconds': '1.5' });
    expect(metrics.select('container_memory_usage_bytes')).to.have.length(9);
    expect(metrics.select('container_info')).to.have.length(10);
    expect(metrics.value('exporter_scrape_errors_total', { collector: 'container' })).to.equal(1);
  });

  it('takes one snapshot for scrapes that arrive together', async () => {
    await setUp();
    // So long that the last of them comes before the first is answered, on a busy machine too.
    engine.fault('info', { delay: 900 });
    engine.traffic.reset();
    await Promise.all(Array.from({ length: 20 }, () => agent.metrics()));
    expect(engine.traffic.count('info')).to.equal(1);
  });

  it('serves one snapshot again while it is cached', async () => {
    await setUp(['--metrics.cache.enabled', '--metrics.cache.ttl', '1h']);
    await agent.metrics();
    engine.traffic.reset();
    expect((await agent.metrics()).value('exporter_up')).to.equal(1);
    expect(engine.traffic.count()).to.equal(0);
  });

  it('collects in the background when an interval is set, and serves the newest', async () => {
    await setUp(['--collection.interval', '50ms']);
    await agent.metrics();
    engine.containers.remove(engine.containers.all()[0]?.name ?? '');
    await eventually('nine containers', async () => (await agent.metrics()).select('container_info').length === 9);
  });

  it('serves the probes on a port of their own too', async () => {
    await setUp(['--server.health_port', '0']);
    expect((await agent.get('/health')).status).to.equal(200);
    const line = agent.log.find(({ message }) => message === 'listening for probes');
    const probe = await fetch(`http://127.0.0.1:${String(line?.port)}/ready`);
    expect(probe.status).to.equal(200);
    expect((await fetch(`http://127.0.0.1:${String(line?.port)}/metrics`)).status).to.equal(404);
  });

  it('says at /doctor what its command would, once for many who ask', async () => {
    await setUp();
    engine.fault('networks', { status: 403, message: 'Forbidden' });
    engine.traffic.reset();
    const answers = await Promise.all(Array.from({ length: 20 }, () => agent.get('/doctor')));
    const [text = '', ...others] = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers[0]?.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    expect(text).to.match(/^ok {4}engine: .+ answers: Docker/m);
    expect(text).to.match(/^fail {2}GET \/networks: forbidden; missing: docker_networks_total\n {8}socket proxy: set/m);
    expect(text).to.match(/^ok {4}scrape: \d\.\d\d s; containers: 10$/m);
    expect(new Set(others)).to.deep.equal(new Set([text]));
    expect(engine.traffic.count('networks')).to.be.below(20);
    await eventually('one stream of events', () => engine.traffic.openNow('events') === 1);
  });

  it('asks for the password at /doctor', async () => {
    await setUp(['--server.auth.enabled', '--server.auth.username', 'ann', '--server.auth.password', 'secret']);
    engine.traffic.reset();
    expect((await agent.get('/doctor')).status).to.equal(401);
    expect(engine.traffic.count()).to.equal(0);
    const authorization = `Basic ${btoa('ann:secret')}`;
    expect((await agent.get('/doctor', { authorization })).status).to.equal(200);
  });

  it('lets a flood of readiness probes share a ping', async () => {
    await setUp();
    engine.traffic.reset();
    engine.fault('ping', { delay: 100 });
    const answers = await Promise.all(Array.from({ length: 200 }, () => agent.get('/ready')));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
    expect(engine.traffic.count('ping')).to.be.within(1, 10);
  });

  it('says once that the daemon is away and once that it is back, however often it is asked', async () => {
    await setUp();
    await agent.metrics();
    await engine.stop();
    for (let scrape = 0; scrape < 5; scrape += 1) {
      const metrics = await agent.metrics();
      expect(metrics.value('exporter_up')).to.equal(0);
      expect([...metrics.families.keys()].filter((name) => name.startsWith('container_'))).to.deep.equal([]);
    }
    expect((await agent.get('/ready')).status).to.equal(503);
    expect((await agent.get('/health')).status).to.equal(200);
    await engine.start();
    for (let scrape = 0; scrape < 3; scrape += 1) expect((await agent.metrics()).value('exporter_up')).to.equal(1);
    await eventually('readiness', async () => (await agent.get('/ready')).status === 200);
    const lines = agent.log.filter(({ message }) => message.startsWith('Docker daemon')).map(({ message }) => message);
    expect(lines).to.deep.equal(['Docker daemon reached', 'Docker daemon not reachable', 'Docker daemon reached']);
  });

  it('says once what call fails, not at every scrape', async () => {
    await setUp();
    engine.fault('info', { status: 403, message: 'not allowed here' });
    for (let scrape = 0; scrape < 3; scrape += 1) await agent.metrics();
    const lines = agent.log.filter(({ message }) => message === 'call to the engine failed');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 'warn', collector: 'system', subject: 'info' });
    expect(lines[0]?.error).to.include('403').and.include('not allowed here');
  });
});

describe('the agent on a unix socket', () => {
  it('serves every container of the engine behind it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'agent-'));
    const socketPath = join(folder, 'docker.sock');
    const engine = await startSimulator({ containers: 3, socketPath });
    const agent = await startTestAgent(['--docker.host', `unix://${socketPath}`]);
    expect((await agent.metrics()).select('container_info')).to.have.length(3);
    await agent.stop();
    await engine.stop();
    await rm(folder, { recursive: true });
  });
});
