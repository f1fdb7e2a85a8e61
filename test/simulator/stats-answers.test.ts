import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import type { SinonFakeTimers } from 'sinon';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import { ONE_SHOT, ask, askJson, open } from './client.ts';
import type { StatsBody } from './client.ts';

/** Waits without a timer, as timers are at the test's command. */
async function untilNow(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('stats answers', () => {
  let simulator: Simulator;
  let time: SinonFakeTimers;

  beforeEach(() => {
    time = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });

  afterEach(async () => {
    time.restore();
    await simulator.stop();
  });

  it('come all together on the next tick when the engine ticks', async () => {
    simulator = await startSimulator({ containers: 40, allRunning: true, ticking: true });
    const names = simulator.containers.all().map(({ name }) => name);
    const answers = names.map(async (name) => askJson<StatsBody>(simulator, `/containers/${name}/${ONE_SHOT}`));
    await untilNow(() => simulator.traffic.openNow('stats') === 40);
    time.tick(1000);
    const bodies = await Promise.all(answers);
    expect(bodies.map(({ name }) => name)).to.deep.equal(names.map((name) => `/${name}`));
    expect(simulator.traffic.openPeak('stats')).to.equal(40);
  });

  it('come at once from an engine that does not tick, and for a container without processes', async () => {
    simulator = await startSimulator({ containers: 0 });
    simulator.containers.add({ name: 'web' });
    expect((await ask(simulator, `/containers/web/${ONE_SHOT}`)).status).to.equal(200);
    await simulator.stop();

    simulator = await startSimulator({ containers: 0, ticking: true });
    simulator.containers.add({ name: 'db', status: 'exited' });
    for (const query of [ONE_SHOT, 'stats?stream=false']) {
      const { read } = await askJson<StatsBody>(simulator, `/containers/db/${query}`);
      expect(read).to.equal('0001-01-01T00:00:00Z');
    }
  });

  it('take two ticks without one-shot, and hold the sample before', async () => {
    let now = Date.UTC(2026, 5, 1);
    simulator = await startSimulator({ containers: 0, clock: () => now });
    simulator.containers.add({ name: 'web' });
    now += 5000;
    let done = false;
    const answer = askJson<StatsBody>(simulator, '/containers/web/stats?stream=false').finally(() => (done = true));
    await untilNow(() => simulator.traffic.openNow('stats') === 1);
    time.tick(1000);
    await ask(simulator, '/_ping');
    expect(done).to.equal(false);
    now += 1000;
    time.tick(1000);
    const { read, preread, cpu_stats, precpu_stats } = await answer;
    expect(Date.parse(read) - Date.parse(preread)).to.equal(1000);
    expect(precpu_stats.cpu_usage.total_usage).to.be.above(0);
    expect(cpu_stats.cpu_usage.total_usage).to.be.above(precpu_stats.cpu_usage.total_usage);
  });

  it('stream one sample a tick until the client leaves', async () => {
    simulator = await startSimulator({ containers: 0 });
    simulator.containers.add({ name: 'web' });
    const lines: string[] = [];
    const streaming = open(simulator, '/containers/web/stats').on('response', (response) => {
      response.setEncoding('utf8').on('data', (chunk) => lines.push(...String(chunk).trim().split('\n')));
      response.on('error', () => {});
    });
    streaming.end();
    for (const count of [1, 2, 3]) {
      await untilNow(() => lines.length === count);
      time.tick(1000);
    }
    expect(lines.map((line) => JSON.parse(line).name)).to.include.members(['/web']);
    streaming.destroy();
    await untilNow(() => simulator.traffic.openNow() === 0);
    time.tick(1000);
    expect(lines).to.have.length(3);
    expect(time.countTimers()).to.equal(0);
  });

  it('are 404 when the container goes away while its client waits', async () => {
    simulator = await startSimulator({ containers: 0, ticking: true });
    simulator.containers.add({ name: 'web' });
    const answer = ask(simulator, `/containers/web/${ONE_SHOT}`);
    await untilNow(() => simulator.traffic.openNow('stats') === 1);
    simulator.containers.remove('web');
    time.tick(1000);
    expect((await answer).status).to.equal(404);
  });

  it('refuse one-shot together with a stream', async () => {
    simulator = await startSimulator({ containers: 1 });
    const { status, text } = await ask(simulator, '/containers/shop-web-1/stats?stream=true&one-shot=true');
    expect({ status, text }).to.deep.equal({
      status: 400,
      text: '{"message":"cannot have stream=true and one-shot=true"}',
    });
  });
});
