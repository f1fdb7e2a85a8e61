import { expect } from 'chai';
import type { Filters } from '../../lib/inventory/filters.ts';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { eventually } from '../support/eventually.ts';
import { type Pipeline, createPipeline, type PipelineOptions, excluding, including } from '../support/pipeline.ts';

describe('the containers of a snapshot', () => {
  let engine: Simulator;
  let pipeline: Pipeline;

  const setUp = async (containers: number, options: PipelineOptions = {}): Promise<void> => {
    engine = await startSimulator({ containers, allRunning: true });
    pipeline = await createPipeline(engine.host, options);
  };
  afterEach(async () => {
    pipeline.close();
    await engine.stop();
  });

  const namesIn = ({ containers }: Snapshot): readonly string[] => containers.map(({ name }) => name);
  /** Asks about each container, by id, in the order of the requests. */
  const asked = (what: 'json' | 'stats'): readonly string[] =>
    engine.traffic.lines.flatMap((line) => new RegExp(`/containers/(\\w{64})/${what}`).exec(line)?.[1] ?? []);

  it('are asked for their stats once each, at the first scrape and at the next', async () => {
    await setUp(10);
    const ids = engine.containers.all().map(({ id }) => id);
    for (let scrape = 1; scrape <= 2; scrape += 1) {
      engine.traffic.reset();
      await pipeline.snapshot();
      expect(asked('stats')).to.have.members(ids);
    }
  });

  it('are asked nothing where they are filtered out', async () => {
    await setUp(10, { filters: excluding({ names: [/^hidden$/] }) });
    const { id } = engine.containers.add({ name: 'hidden' });
    const snapshot = await pipeline.snapshot();
    expect(snapshot.containers).to.have.length(10);
    expect(engine.traffic.lines.filter((line) => line.includes(id))).to.deep.equal([]);
  });

  it('are asked for no stats where they do not run', async () => {
    await setUp(0);
    for (const status of ['created', 'exited', 'restarting'] as const) engine.containers.add({ name: status, status });
    engine.containers.add({ name: 'paused', status: 'paused' });
    const snapshot = await pipeline.snapshot();
    expect(engine.traffic.count('stats')).to.equal(1);
    expect(
      snapshot.containers.filter(({ resources }) => resources !== undefined).map(({ name }) => name),
    ).to.deep.equal(['paused']);
  });

  it('have a health as long as they run or are paused, whatever the engine marks those that it stops', async () => {
    await setUp(0);
    for (const name of ['runs', 'paused', 'stopped']) engine.containers.add({ name, health: 'unhealthy' });
    engine.containers.pause('paused');
    engine.containers.stop('stopped');
    const { containers } = await pipeline.snapshot();
    expect(
      containers.map(({ name, health, healthFailingStreak }) => [name, health, healthFailingStreak]),
    ).to.have.deep.members([
      ['runs', 'unhealthy', 3],
      ['paused', 'unhealthy', 3],
      ['stopped', 'none', undefined],
    ]);
    expect(engine.containers.get('stopped').health).to.equal('unhealthy');
    expect(await pipeline.scrape()).to.match(/^container_health_status\{container_name="stopped".*\} 0$/m);
  });

  it('have counters that began later than they did where an interface was connected again', async () => {
    let now = Date.UTC(2026, 10, 1);
    await setUp(0, { now: () => now });
    engine.containers.add({ name: 'web' });
    const starts = async (bytes: number): Promise<unknown> => {
      const stats = { read: '2026-11-01T00:00:00Z', networks: { eth0: { rx_bytes: bytes } } };
      engine.fault('stats', { body: JSON.stringify(stats) }, 'web');
      now += 15_000;
      const { containers } = await pipeline.snapshot();
      return containers[0]?.resources?.interfaces.map(({ countedSince }) => countedSince);
    };
    expect(await starts(500)).to.deep.equal([undefined]);
    const before = now / 1000;
    expect(await starts(20)).to.deep.equal([before]);
    expect(await starts(40)).to.deep.equal([before]);
  });

  for (const aheadSeconds of [90, -90]) {
    it(`are as old as they are by the exporter's clock where the engine's is ${aheadSeconds} s ahead`, async () => {
      let now = Date.UTC(2026, 10, 1);
      const startedAt = now / 1000 + 10;
      engine = await startSimulator({ containers: 0, clock: () => now + aheadSeconds * 1000 });
      pipeline = await createPipeline(engine.host, { now: () => now });
      await pipeline.snapshot();
      now += 10_000;
      engine.containers.add({ name: 'web' });
      now += 5_000;
      const { takenAt, containers } = await pipeline.snapshot();
      const { localStartedAt = 0, lifecycle } = containers[0] ?? {};
      expect(takenAt / 1000).to.equal(startedAt + 5);
      expect(localStartedAt).to.be.closeTo(startedAt, 0.01);
      expect(lifecycle?.countedSince).to.be.closeTo(startedAt, 0.01);
      const text = await pipeline.scrape('text');
      expect(text).to.match(/^container_uptime_seconds\{.*\} 5\.00\d$/m);
      expect(text).to.match(new RegExp(`^container_start_time_seconds\\{.*\\} ${startedAt + aheadSeconds}$`, 'm'));
    });
  }

  it('are sampled again where they were started between their stats and their inspection', async () => {
    let now = Date.UTC(2026, 10, 1);
    engine = await startSimulator({ containers: 0, clock: () => now });
    pipeline = await createPipeline(engine.host, { now: () => now });
    const { id } = engine.containers.add({ name: 'web' });
    await pipeline.snapshot();
    engine.fault('inspect', { delay: 500 });
    engine.traffic.reset();
    now += 3_600_000;
    // So that it is inspected.
    engine.containers.pause('web');
    engine.containers.unpause('web');
    const scrape = pipeline.snapshot();
    await eventually('its stats are read', () => asked('stats').includes(id));
    now += 1_000;
    engine.containers.restart('web');
    now += 1_000;
    const { containers } = await scrape;
    const { startedAt, resources } = containers[0] ?? {};
    expect(startedAt).to.equal((now - 1_000) / 1000);
    expect(resources?.readAt).to.be.at.least(startedAt ?? Number.POSITIVE_INFINITY);
    expect(asked('stats')).to.deep.equal([id, id]);
  });

  /** Begins a snapshot, and gives it up once a container that hangs is asked. */
  const giveUpAt = async (id: string): Promise<void> => {
    const givenUp = pipeline.snapshot();
    await eventually('it is asked', () => asked('stats').includes(id));
    pipeline.source.stop();
    await givenUp;
  };

  /** Four that are known, of which one hangs from now on; returns its id. */
  const setUpWithOneThatHangs = async (): Promise<string> => {
    await setUp(4);
    const { id, name } = engine.containers.all()[0] ?? { id: '', name: '' };
    await pipeline.snapshot();
    engine.traffic.reset();
    engine.fault('stats', 'hang-before-headers', name);
    return id;
  };

  it('are asked beside /info again once they have answered', async () => {
    const id = await setUpWithOneThatHangs();
    await giveUpAt(id);
    engine.clearFaults();
    await pipeline.snapshot();
    engine.traffic.reset();
    // With both, all else has to wait until /info is given up.
    for (const endpoint of ['info', 'ping'] as const) engine.fault(endpoint, 'hang-before-headers');
    const late = pipeline.snapshot();
    await eventually('it is asked', () => asked('stats').includes(id) && engine.traffic.openNow('info') === 1);
    pipeline.source.stop();
    await late;
  });

  for (const [what, untilSlow] of [
    ['did not answer in time', () => pipeline.snapshot(3_000)],
    ['were given up', giveUpAt],
  ] as const) {
    it(`are asked last, and once, where they ${what}: after those that are new`, async () => {
      const id = await setUpWithOneThatHangs();
      await untilSlow(id);
      engine.clearFaults();
      engine.containers.add({ name: 'new' });
      engine.traffic.reset();
      await pipeline.snapshot();
      expect(asked('stats')).to.have.members(engine.containers.all().map((each) => each.id));
      expect(asked('stats').at(-1)).to.equal(id);
    });
  }

  it('are not taken for slow where there was no time to ask them', async () => {
    await setUp(4, { maxConcurrent: 1 });
    await pipeline.snapshot();
    const [first = ''] = asked('stats');
    engine.traffic.reset();
    engine.fault('stats', 'hang-before-headers');
    await giveUpAt(first);
    expect(asked('stats')).to.deep.equal([first]);
    engine.clearFaults();
    engine.traffic.reset();
    expect(namesIn(await pipeline.snapshot())).to.have.length(4);
    expect(asked('stats')).to.have.length(4);
    expect(asked('stats').at(-1)).to.equal(first);
  });

  describe('whose tag has moved on', () => {
    const bare = `sha256:${'a'.repeat(64)}`;
    const images = [/^wanted/];

    /** A container of that image, of which the list says only the image's id. */
    const setUpWith = async (image: string, filters: () => Filters): Promise<void> => {
      await setUp(0, { filters });
      const { id } = engine.containers.add({ name: 'moved', image });
      const listed = { Id: id, Names: ['/moved'], Image: bare, State: 'running', Status: 'Up' };
      engine.fault('list', { body: JSON.stringify([listed]) });
    };

    for (const [image, included] of [
      ['wanted:1', true],
      ['other:1', false],
    ] as const) {
      it(`are filtered by the image of their inspection: ${image}`, async () => {
        await setUpWith(image, including({ images }));
        expect(namesIn(await pipeline.snapshot())).to.deep.equal(included ? ['moved'] : []);
        expect(asked('stats')).to.have.length(included ? 1 : 0);
      });

      it(`are left out by the image of their inspection: ${image}`, async () => {
        await setUpWith(image, excluding({ images }));
        expect(namesIn(await pipeline.snapshot())).to.deep.equal(included ? [] : ['moved']);
        expect(asked('stats')).to.have.length(included ? 0 : 1);
      });
    }

    it('are not inspected where their name decides', async () => {
      await setUpWith('wanted:1', excluding({ names: [/moved/] }));
      expect(namesIn(await pipeline.snapshot())).to.deep.equal([]);
      expect(asked('json')).to.deep.equal([]);
    });
  });
});
