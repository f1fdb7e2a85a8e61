import { expect } from 'chai';
import { startSimulator } from './simulator.ts';
import type { Simulator, SimulatorOptions } from './simulator.ts';
import { ONE_SHOT, ask, askJson } from './client.ts';
import type { ListEntry, StatsBody } from './client.ts';

describe('simulator', () => {
  let simulator: Simulator;
  let now: number;

  async function start(options: SimulatorOptions = {}): Promise<void> {
    now = Date.UTC(2026, 5, 1);
    simulator = await startSimulator({ clock: () => now, ...options });
  }

  afterEach(async () => simulator.stop());

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

  it('sends short answers with their length and long ones in chunks, as dockerd does', async () => {
    await start({ containers: 20 });
    expect((await ask(simulator, '/version')).headers).to.include.keys('content-length');
    expect((await ask(simulator, '/containers/json')).headers).to.include({ 'transfer-encoding': 'chunked' });
  });
});
