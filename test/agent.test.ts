import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Simulator, startSimulator } from './simulator/simulator.ts';
import { type TestAgent, startTestAgent } from './support/agent.ts';
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
    engine.fault('info', { delay: 200 });
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
    expect((await agent.get('/ready')).status).to.equal(200);
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
