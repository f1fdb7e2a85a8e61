import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import type { SinonFakeTimers } from 'sinon';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import { ONE_SHOT, ask, askJson } from './client.ts';
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
});
