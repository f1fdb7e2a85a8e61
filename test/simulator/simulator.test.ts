import { Agent } from 'node:http';
import { expect } from 'chai';
import { startSimulator } from './simulator.ts';
import type { Simulator, SimulatorOptions } from './simulator.ts';
import { ONE_SHOT, ask, askJson } from './client.ts';
import type { InspectBody, ListEntry, StatsBody } from './client.ts';

describe('simulator', () => {
  let simulator: Simulator;
  let now: number;

  async function start(options: SimulatorOptions = {}): Promise<void> {
    now = Date.UTC(2026, 5, 1);
    simulator = await startSimulator({ clock: () => now, ...options });
  }

  afterEach(async () => simulator.stop());

  const inspect = async (name: string) => askJson<InspectBody>(simulator, `/containers/${name}/json`);
  const stats = async (name: string) => askJson<StatsBody>(simulator, `/containers/${name}/${ONE_SHOT}`);

  const names = async (path: string) => (await askJson<ListEntry[]>(simulator, path)).flatMap(({ Names }) => Names);

  it('answers a ping with the headers of its engine, HEAD too', async () => {
    await start();
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, text } = await ask(simulator, '/_ping', { method });
      expect({ status, text }).to.deep.equal({ status: 200, text: method === 'GET' ? 'OK' : '' });
      expect(headers).to.include({ 'api-version': '1.47', ostype: 'linux', server: 'Docker/27.3.1 (linux)' });
    }
  });

  it('is Docker 20.10 when it ticks, and Podman 4.3 when asked', async () => {
    await start({ ticking: true });
    expect((await ask(simulator, '/_ping')).headers).to.include({ 'api-version': '1.41' });
    expect(await askJson(simulator, '/version')).to.include({ Version: '20.10.24', ApiVersion: '1.41' });
    await simulator.stop();
    await start({ engine: 'podman' });
    expect((await ask(simulator, '/_ping')).headers).to.include({ 'libpod-api-version': '4.3.1' });
    expect(await askJson(simulator, '/info')).to.include({ CgroupVersion: '1', ServerVersion: '4.3.1' });
  });

  it('says that a Podman cannot tick', async () => {
    await start();
    const error = await startSimulator({ engine: 'podman', ticking: true }).catch((reason: unknown) => reason);
    expect(error).to.have.property('message', 'A simulated Podman cannot tick: only Docker does');
  });

  it('refuses what the engine refuses, in its words', async () => {
    await start();
    const refusals = {
      '/v1.48/info': [400, 'client version 1.48 is too new. Maximum supported API version is 1.47'],
      '/v1.12/info': [
        400,
        'client version 1.12 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
      ],
      '/containers/x/json': [404, 'No such container: x'],
      '/containers/x/stats': [404, 'No such container: x'],
      '/nothing': [404, 'page not found'],
    };
    for (const [path, [status, message]] of Object.entries(refusals)) {
      expect(await ask(simulator, path)).to.include({ status, text: JSON.stringify({ message }) });
    }
    expect((await ask(simulator, '/containers/json', { method: 'POST' })).status).to.equal(404);
  });

  it('lists running, paused and restarting containers, newest first, and all of them with all=1', async () => {
    await start({ containers: 0 });
    for (const status of ['running', 'paused', 'restarting', 'exited', 'created'] as const) {
      simulator.containers.add({ name: status, status });
    }
    expect(await names('/containers/json')).to.deep.equal(['/restarting', '/paused', '/running']);
    const all = ['/created', '/exited', '/restarting', '/paused', '/running'];
    expect(await names('/containers/json?all=1')).to.deep.equal(all);
    expect(await names('/v1.47/containers/json?all=true')).to.deep.equal(all);
  });

  it('counts containers by state, images, volumes and networks', async () => {
    await start({ containers: 0 });
    simulator.containers.add({ name: 'a', image: 'nginx:1.27.2' });
    simulator.containers.add({ name: 'b', image: 'nginx:1.27.2', status: 'paused' });
    simulator.containers.add({ name: 'c', image: 'redis:7.4', status: 'created', networks: ['shop_default'] });
    expect(await askJson(simulator, '/info')).to.include({
      Containers: 3,
      ContainersRunning: 1,
      ContainersPaused: 1,
      ContainersStopped: 1,
      Images: 2,
    });
    expect(await askJson<object[]>(simulator, '/images/json')).to.have.length(2);
    expect((await askJson<{ Volumes: object[] }>(simulator, '/volumes')).Volumes).to.have.length(3);
    expect(await askJson<object[]>(simulator, '/networks')).to.have.length(4);
  });

  it('shows a life from start over crash and restart to removal, as inspect and stats do', async () => {
    await start({ containers: 0 });
    simulator.containers.add({ name: 'web', restartPolicy: 'always', health: 'healthy' });
    now += 60_000;
    const before = await stats('web');
    expect(before.cpu_stats.cpu_usage.total_usage).to.be.above(0);

    simulator.containers.exit('web', 1);
    expect((await inspect('web')).State).to.include({ Status: 'restarting', ExitCode: 1 });
    expect((await stats('web')).memory_stats).to.deep.equal({});
    now += 1000;
    simulator.containers.recover('web');
    const { RestartCount, State } = await inspect('web');
    expect(RestartCount).to.equal(1);
    expect(State).to.deep.include({ Status: 'running', StartedAt: new Date(now).toISOString() });
    expect(State.Health?.Status).to.equal('starting');

    now += 1000;
    const after = await stats('web');
    expect(after.cpu_stats.cpu_usage.total_usage).to.be.within(1, before.cpu_stats.cpu_usage.total_usage - 1);
    expect(after.networks?.['eth0']?.rx_bytes).to.be.below(before.networks?.['eth0']?.rx_bytes ?? 0);

    simulator.containers.rename('web', 'front');
    expect((await stats('front')).name).to.equal('/front');
    simulator.containers.remove('front');
    expect((await ask(simulator, '/containers/front/json')).status).to.equal(404);
  });

  it('freezes the counters of a paused container, and lets them go on from there', async () => {
    await start({ containers: 0 });
    simulator.containers.add({ name: 'web' });
    now += 60_000;
    simulator.containers.pause('web');
    const frozen = (await stats('web')).cpu_stats;
    now += 60_000;
    expect((await stats('web')).cpu_stats.cpu_usage).to.deep.equal(frozen.cpu_usage);
    simulator.containers.unpause('web');
    expect((await stats('web')).cpu_stats.cpu_usage).to.deep.equal(frozen.cpu_usage);
    now += 1000;
    expect((await stats('web')).cpu_stats.cpu_usage.total_usage).to.be.above(frozen.cpu_usage.total_usage);
  });

  it('gives a container without processes zeroed stats on Docker, an empty body on Podman', async () => {
    await start({ containers: 0 });
    simulator.containers.add({ name: 'job', status: 'exited' });
    expect(await stats('job')).to.deep.include({ read: '0001-01-01T00:00:00Z', name: '/job', memory_stats: {} });
    await simulator.stop();
    await start({ containers: 0, engine: 'podman' });
    simulator.containers.add({ name: 'job', status: 'exited' });
    expect(await ask(simulator, `/containers/job/${ONE_SHOT}`)).to.include({ status: 200, text: '' });
  });

  it('keeps hostile names and labels whole', async () => {
    await start({ containers: 0 });
    const name = `<img src=x onerror="alert('ü\n')"></img>`;
    const { id } = simulator.containers.add({ name, labels: { owner: `Zoë\\"\n` } });
    expect((await stats(id)).name).to.equal(`/${name}`);
    const [entry] = await askJson<(ListEntry & { Labels: object })[]>(simulator, '/containers/json');
    expect(entry).to.deep.include({ Names: [`/${name}`], Labels: { owner: `Zoë\\"\n` } });
  });

  it('sends short answers with their length and long ones in chunks, as dockerd does', async () => {
    await start({ containers: 20 });
    expect((await ask(simulator, '/version')).headers).to.include.keys('content-length');
    expect((await ask(simulator, '/containers/json')).headers).to.include({ 'transfer-encoding': 'chunked' });
  });

  it('serves 3,000 containers', async function () {
    this.timeout(60_000);
    await start({ containers: 3000, allRunning: true });
    const entries = await askJson<ListEntry[]>(simulator, '/containers/json?all=1');
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });
    const bodies = await Promise.all(
      entries.map(async ({ Id }) => askJson<StatsBody>(simulator, `/containers/${Id}/${ONE_SHOT}`, { agent })),
    );
    agent.destroy();
    expect(new Set(bodies.map(({ name }) => name)).size).to.equal(3000);
    expect(bodies.every(({ memory_stats: { usage = 0, limit = 0 } }) => 0 < usage && usage < limit)).to.equal(true);
  });
});
