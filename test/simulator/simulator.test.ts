import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { send } from '../support/http.ts';
import { startSimulator } from './simulator.ts';
import type { Simulator, SimulatorOptions } from './simulator.ts';

/** What no test of the agent would notice: that the double is not like an engine. */
describe('the simulator', () => {
  let simulator: Simulator;
  let now: number;

  async function start(options: SimulatorOptions = {}): Promise<void> {
    now = Date.UTC(2026, 5, 1);
    simulator = await startSimulator({ containers: 0, clock: () => now, ...options });
  }

  afterEach(async () => simulator.stop());

  async function ask(path: string): Promise<{ status: number; text: string }> {
    const { status, body } = await send({ port: new URL(simulator.host).port, path });
    return { status, text: body.toString() };
  }

  for (const [engine, folder, name] of [
    ['docker-cgroup1', 'docker-20.10-cgroup1', 'two-nets'],
    ['docker-cgroup2', 'docker-20.10-cgroup2', 'shop-db-1'],
    ['podman', 'podman-4.3-cgroup1', 'pod-web'],
  ] as const) {
    it(`answers with the fields of ${folder} and no other`, async () => {
      await start({ engine });
      simulator.containers.add({ name });
      for (const [path, file] of [
        [`/containers/${name}/stats?stream=false&one-shot=true`, `stats/${name}`],
        [`/containers/${name}/json`, `inspect/${name}`],
        ['/containers/json', 'containers'],
        ['/images/json', 'images'],
        ['/networks', 'networks'],
        ['/info', 'info'],
        ['/version', 'version'],
      ] as const) {
        const recorded: unknown = JSON.parse(await readFile(`test/fixtures/${folder}/${file}.json`, 'utf8'));
        const simulated: unknown = JSON.parse((await ask(path)).text);
        expect(fieldsOf(simulated), path).to.deep.equal(fieldsOf(recorded));
      }
    });
  }

  it('refuses what the engine refuses, in its words', async () => {
    await start();
    for (const [path, status, message] of [
      ['/v1.48/info', 400, 'client version 1.48 is too new. Maximum supported API version is 1.47'],
      ['/containers/x/json', 404, 'No such container: x'],
      ['/containers/x/stats', 404, 'No such container: x'],
      ['/nothing', 404, 'page not found'],
    ] as const) {
      expect(await ask(path)).to.deep.equal({ status, text: JSON.stringify({ message }) });
    }
    expect((await ask('/v1.12/info')).text).to.contain('client version 1.12 is too old.');
  });

  it('tells of a life in the events of a real engine, the last 256 of them', async () => {
    await start();
    const web = simulator.containers.add({ name: 'web', health: 'healthy', restartPolicy: 'always' });
    simulator.containers.restart('web');
    simulator.containers.pause('web');
    expect(web).to.include({ restartCount: 0, health: 'unhealthy' });
    simulator.containers.unpause('web');
    simulator.containers.exit('web', 1);
    expect(web).to.include({ status: 'restarting', restartCount: 1 });
    simulator.containers.recover('web');
    simulator.containers.rename('web', 'front');
    simulator.containers.stop('front', 143);
    simulator.containers.remove('front');
    const filters = encodeURIComponent('{"type":["container"]}');
    const told = async () =>
      (await ask(`/events?since=0&until=${now / 1000}&filters=${filters}`)).text.trim().split('\n');
    now += 1000;
    const actions = (await told()).map((line) => (JSON.parse(line) as { Action: string }).Action);
    expect(actions.join(' ')).to.equal(
      'create start health_status: healthy kill die stop start restart pause unpause die start rename kill die stop destroy',
    );
    for (let count = 0; count < 400; count++) simulator.containers.add({ name: `web-${count}`, networks: [] });
    now += 1000;
    expect(await told()).to.have.length.within(128, 256);
  });

  it('freezes the counters of a paused container, and lets them go on from there', async () => {
    await start();
    simulator.containers.add({ name: 'web' });
    const counters = async () => {
      const { text } = await ask('/containers/web/stats');
      return (JSON.parse(text) as { cpu_stats: { cpu_usage: { total_usage: number } } }).cpu_stats.cpu_usage;
    };
    now += 60_000;
    const before = await counters();
    simulator.containers.pause('web');
    now += 60_000;
    expect(await counters()).to.deep.equal(before);
    simulator.containers.unpause('web');
    expect(await counters()).to.deep.equal(before);
    now += 1000;
    expect((await counters()).total_usage).to.be.above(before.total_usage);
  });
});

/** The fields of an object, or of the first of a list, and of the objects in it; names of networks and labels are none. */
function fieldsOf(value: unknown, path = ''): string[] {
  const object: unknown = path === '' && Array.isArray(value) ? value[0] : value;
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return [path];
  if (/\.(Networks|Labels|networks|Health)$/.test(path)) return [path];
  return Object.entries(object)
    .flatMap(([key, item]) => fieldsOf(item, `${path}.${key}`))
    .toSorted();
}
