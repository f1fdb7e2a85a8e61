import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type AgentProcess, startAgent } from '../../support/agent-process.ts';
import { eventually } from '../../support/eventually.ts';

describe('more events than anyone expects', function () {
  this.timeout(240_000);
  let engine: Simulator;
  let agent: AgentProcess;

  beforeEach(async () => {
    engine = await startSimulator({ containers: 20, allRunning: true });
    agent = await startAgent({ args: ['--docker.host', engine.host] });
    await eventually('the stream is open', () => engine.traffic.openNow('events') === 1);
  });
  afterEach(async () => {
    await agent.stop();
    await engine.stop();
  });

  /** Does something many times, and lets the engine answer in between. */
  const repeat = async (times: number, act: (time: number) => void): Promise<void> => {
    for (let time = 0; time < times; time += 1) {
      act(time);
      if (time % 50 === 0) await nextTurn();
    }
  };
  const total = async (name: string, labels = {}): Promise<number> =>
    (await agent.metrics()).select(name, labels).reduce((sum, { value }) => sum + value, 0);
  const memory = async (): Promise<number> => {
    // What is left once garbage is collected, which takes a few scrapes.
    const seen = [];
    for (let scrape = 0; scrape < 10; scrape += 1) seen.push(await total('nodejs_heap_size_used_bytes'));
    return Math.min(...seen);
  };

  it('adds up jobs of 3,000 images under 1,000 combinations, and loses none', async () => {
    await repeat(3_000, (time) => {
      engine.containers.add({ name: 'job', image: `job:${time}`, restartPolicy: 'no' });
      engine.containers.exit('job', 0);
      engine.containers.remove('job');
    });
    const completed = { reason: 'completed' };
    await eventually(
      'all are counted',
      async () => (await total('docker_container_exits_total', completed)) === 3_000,
      {
        within: 60_000,
      },
    );
    const scrape = await agent.metrics();
    expect(scrape.select('docker_container_exits_total', completed)).to.have.length(1_000);
    expect(scrape.value('docker_container_starts_total', { image: '(other)' })).to.be.within(2_000, 3_000);
    expect(await total('docker_container_starts_total')).to.equal(3_000);
    expect(scrape.value('exporter_event_gaps_total')).to.equal(0);
  });

  it('takes in 100,000 at once without a scrape that fails or lasts, and without growing', async () => {
    engine.containers.add({ name: 'flapping', health: 'healthy' });
    const burst = (events: number): Promise<void> =>
      repeat(events / 5, (time) => {
        engine.containers.exec('flapping');
        engine.containers.setHealth('flapping', time % 2 === 0 ? 'unhealthy' : 'healthy');
        engine.containers.signal('flapping', 10);
      });
    await burst(10_000);
    const before = await memory();
    const scrapeMs: number[] = [];
    const scrapeTill = async (over: AbortSignal): Promise<void> => {
      for (; !over.aborted; await sleep(100)) {
        const begun = performance.now();
        expect((await agent.metrics()).value('exporter_up')).to.equal(1);
        scrapeMs.push(performance.now() - begun);
      }
    };
    const over = new AbortController();
    const scraping = scrapeTill(over.signal);
    await burst(100_000);
    over.abort();
    await scraping;
    const verdicts = { type: 'container', action: 'health_status' };
    await eventually('all are counted', async () => (await total('docker_events_total', verdicts)) === 22_001, {
      within: 60_000,
    });
    expect(Math.max(...scrapeMs)).to.be.lessThan(5_000);
    expect(await total('exporter_scrape_errors_total')).to.equal(0);
    expect(await total('exporter_event_gaps_total')).to.equal(0);
    // Kept, the events would be five times as much.
    await eventually('garbage is collected', async () => (await memory()) < before + 20_000_000, { within: 60_000 });
    expect(await total('container_exits_total', { container_name: 'flapping' })).to.equal(0);
  });
});
