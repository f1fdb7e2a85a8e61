import { expect } from 'chai';
import { createDockerClient } from '../../lib/docker/client.ts';
import type { Fault } from '../simulator/faults.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../simulator/simulator.ts';
import { eventually } from '../support/eventually.ts';
import type { ContainerFacts, Snapshot } from '../../lib/snapshot/facts.ts';
import { type CollectorOptions, createCollector } from '../../lib/snapshot/collector.ts';
import { type Inventory, createInventory } from '../../lib/inventory/inventory.ts';
import { createMemoryBudget } from '../../lib/memory-budget.ts';
import { type Pipeline, createPipeline, noFilters } from '../support/pipeline.ts';
import { noTls } from '../docker/engine-server.ts';

describe('a snapshot', () => {
  let engine: Simulator;
  let pipeline: Pipeline;

  const setUp = async (simulator: SimulatorOptions = {}, options: Partial<CollectorOptions> = {}): Promise<void> => {
    engine = await startSimulator({ containers: 10, allRunning: true, tickMilliseconds: 100, ...simulator });
    pipeline = await createPipeline(engine.host, options);
  };
  afterEach(async () => {
    pipeline.close();
    await engine.stop();
  });

  const named = (snapshot: Snapshot, name: string): ContainerFacts | undefined =>
    snapshot.containers.find((container) => container.name === name);
  const firstName = (): string => engine.containers.all()[0]?.name ?? '';

  it('holds every container with its resources, without errors', async () => {
    await setUp();
    const snapshot = await pipeline.snapshot();
    expect(snapshot).to.deep.include({ up: true, errors: { container: 0, system: 0 }, problems: [] });
    expect(snapshot.containers.map(({ name }) => name)).to.have.members(
      engine.containers.all().map(({ name }) => name),
    );
    expect(snapshot.containers.every(({ resources }) => resources !== undefined)).to.equal(true);
  });

  const broken: readonly (readonly [string, Fault, number])[] = [
    ['hangs before the headers', 'hang-before-headers', 1],
    ['hangs in the body', 'hang-in-body', 1],
    ['breaks off before the headers', 'cut-before-headers', 1],
    ['breaks off in the body', 'cut-body', 1],
    ['answers 500', { status: 500 }, 1],
    ['answers 403', { status: 403 }, 1],
    ['answers garbage', 'garbage', 1],
    ['answers JSON that is no stats', { body: '[1, 2]' }, 1],
    ['answers nothing', 'empty', 1],
    ['answers 404', { status: 404 }, 1],
    ['answers 409', { status: 409 }, 1],
    ['answers as of year 1', { body: '{"read":"0001-01-01T00:00:00Z"}' }, 1],
  ];
  for (const [what, fault, errors] of broken) {
    it(`keeps the state of a container whose stats call ${what}, all other containers, and counts ${errors}`, async () => {
      await setUp();
      // All are inspected by then, so that the rest is done in time on a busy machine too.
      await pipeline.snapshot();
      const name = firstName();
      engine.fault('stats', fault, name);
      const snapshot = await pipeline.snapshot(what.startsWith('hangs') ? 2_500 : undefined);
      expect(snapshot.up).to.equal(true);
      expect(snapshot.errors).to.deep.equal({ container: errors, system: 0 });
      expect(named(snapshot, name)).to.include({ state: 'running', resources: undefined, exitCode: 0 });
      expect(snapshot.containers.filter(({ resources }) => resources !== undefined)).to.have.length(9);
    });
  }

  it('takes what the list and the last inspection tell of a container whose inspect call fails', async () => {
    await setUp();
    const name = firstName();
    const before = named(await pipeline.snapshot(), name);
    engine.fault('inspect', { status: 500 }, name);
    engine.containers.pause(name);
    const snapshot = await pipeline.snapshot();
    expect(named(snapshot, name)).to.include({
      state: 'paused',
      startedAt: before?.startedAt,
      restartCount: before?.restartCount,
    });
    expect(snapshot.errors.container).to.equal(1);
  });

  const forbidden = [
    ['volumes', 'volumes'],
    ['images', 'images'],
    ['networks', 'networks'],
    ['info', 'containersRunning'],
  ] as const;
  for (const [endpoint, figure] of forbidden) {
    it(`loses only its own figures when ${endpoint} is forbidden`, async () => {
      await setUp();
      engine.fault(endpoint, { status: 403 });
      const snapshot = await pipeline.snapshot();
      expect(snapshot.up).to.equal(true);
      expect(snapshot.errors).to.deep.equal({ container: 0, system: 1 });
      const absent = Object.entries(snapshot.system)
        .filter(([, value]) => value === undefined)
        .map(([key]) => key);
      expect(absent).to.include(figure);
      expect(absent).to.have.length(figure === 'containersRunning' ? 5 : 1);
    });
  }

  it('is up as long as a proxy permits one list, and no longer', async () => {
    await setUp();
    for (const endpoint of ['ping', 'list', 'info', 'images', 'volumes'] as const)
      engine.fault(endpoint, { status: 403 });
    expect(await pipeline.snapshot()).to.deep.include({
      up: true,
      containers: [],
      errors: { container: 1, system: 3 },
    });
    engine.fault('networks', { status: 403 });
    expect(await pipeline.snapshot()).to.deep.include({ up: false, containers: [] });
  });

  it('counts no error for each container while the daemon is away', async () => {
    await setUp();
    await pipeline.snapshot();
    await engine.stop();
    const { problems, errors } = await pipeline.snapshot();
    expect(problems.map(({ subject }) => subject)).to.have.members([
      'info',
      'list',
      'images/json',
      'volumes',
      'networks',
    ]);
    expect(errors.container).to.equal(1);
  });

  it('is down and empty while the daemon is away, and whole again when it is back', async () => {
    await setUp();
    await engine.stop();
    expect(await pipeline.snapshot()).to.deep.include({ up: false, containers: [] });
    await engine.start();
    const snapshot = await pipeline.snapshot();
    expect(snapshot.up).to.equal(true);
    expect(snapshot.containers).to.have.length(10);
  });

  it('is down and empty when the daemon dies while it is being taken', async () => {
    await setUp();
    engine.fault('stats', { delay: 10_000 });
    const taken = pipeline.snapshot();
    while (engine.traffic.openNow('stats') < 5) await new Promise((resolve) => setTimeout(resolve, 5));
    await engine.stop();
    expect(await taken).to.deep.include({ up: false, containers: [] });
    engine.clearFaults();
    await engine.start();
    expect((await pipeline.snapshot()).containers).to.have.length(10);
  });

  it('counts failures over the life of the process', async () => {
    await setUp();
    engine.fault('volumes', { status: 500 });
    await pipeline.snapshot();
    expect((await pipeline.snapshot()).errors).to.deep.equal({ container: 0, system: 2 });
    engine.clearFaults();
    expect((await pipeline.snapshot()).errors).to.deep.equal({ container: 0, system: 2 });
  });

  it('asks nothing of a collector that is switched off', async () => {
    await setUp({}, { collectors: { container: false, system: true, disk: false } });
    expect(await pipeline.snapshot()).to.deep.include({ up: true, containers: [], errors: { system: 0 } });
    engine.containers.add({ name: 'new' });
    for (let scrape = 1; scrape <= 2; scrape += 1) expect((await pipeline.snapshot()).containers).to.deep.equal([]);
    for (const endpoint of ['list', 'inspect', 'stats'] as const) expect(engine.traffic.count(endpoint)).to.equal(0);
  });

  it('shows of containers alone neither counts nor sums where the system is switched off', async () => {
    await setUp({}, { collectors: { container: true, system: false, disk: false } });
    const { containers, errors, durations, lifecycle } = await pipeline.snapshot();
    expect(containers).to.have.length(10);
    expect({ errors, durations: Object.keys(durations) }).to.deep.equal({
      errors: { container: 0 },
      durations: ['container'],
    });
    expect(lifecycle).to.deep.include({ sums: [], events: [] });
    for (const endpoint of ['images', 'volumes', 'networks'] as const)
      expect(engine.traffic.count(endpoint)).to.equal(0);
  });

  it('asks for the lists where /info takes more than a second', async () => {
    await setUp();
    engine.fault('info', 'hang-before-headers');
    const taken = pipeline.snapshot();
    await eventually('the list is asked for', () => engine.traffic.count('list') === 1);
    expect(engine.traffic.openNow('info')).to.equal(1);
    pipeline.source.stop();
    expect((await taken).up).to.equal(true);
  });

  it('is up, and has the known containers, where neither /info nor a ping is answered in time', async () => {
    await setUp();
    await pipeline.snapshot();
    for (const endpoint of ['info', 'ping'] as const) engine.fault(endpoint, 'hang-before-headers');
    const { up, containers } = await pipeline.snapshot(2_000);
    expect(up).to.equal(true);
    expect(containers).to.have.length(10);
  });

  it('counts an error, and has the rest, where /info is no object', async () => {
    await setUp();
    engine.fault('info', { body: '[]' });
    const { up, containers, problems } = await pipeline.snapshot();
    expect(up).to.equal(true);
    expect(containers).to.have.length(10);
    const message = 'GET /info: unexpected response shape';
    expect(problems).to.deep.equal([{ collector: 'system', subject: 'info', message }]);
  });

  for (const [budget, expected] of [
    [30_000, 15_000],
    [4_000, 2_500],
    [1_000, 1_000],
  ] as const) {
    it(`gives a call ${expected} ms of the ${budget} ms that it may take`, async () => {
      engine = await startSimulator({ containers: 1 });
      const client = await createDockerClient({ host: engine.host, tls: noTls }, '');
      const given: number[] = [];
      pipeline = await createPipeline(engine.host, {
        timeout: budget,
        client: {
          ...client,
          info: (limits) => {
            given.push(limits.milliseconds);
            return client.info(limits);
          },
        },
      });
      await pipeline.snapshot();
      client.close();
      expect(given).to.deep.equal([expected]);
    });
  }

  it('lets the calls of somebody in a hurry go on for who has more time', async () => {
    engine = await startSimulator({ containers: 3, allRunning: true });
    pipeline = await createPipeline(engine.host, { timeout: 20_000 });
    await pipeline.snapshot();
    engine.fault('stats', { delay: 1_000 });
    engine.traffic.reset();
    const hurried = pipeline.snapshot(100);
    expect((await hurried).containers.every(({ resources }) => resources === undefined)).to.equal(true);
    const patient = await pipeline.snapshot(20_000);
    expect(patient.containers.every(({ resources }) => resources !== undefined)).to.equal(true);
    expect(engine.traffic.count('stats')).to.equal(3);
  });

  it('asks again, for who has more time, what took longer than somebody in a hurry allowed', async function () {
    this.timeout(30_000);
    engine = await startSimulator({ containers: 3, allRunning: true });
    pipeline = await createPipeline(engine.host, { timeout: 20_000 });
    await pipeline.snapshot();
    // Longer than half of the ten seconds that calls are allowed for at the least.
    engine.fault('stats', { delay: 5_200 });
    engine.traffic.reset();
    const hurried = pipeline.snapshot(300);
    await eventually('the stats are asked for', () => engine.traffic.openNow('stats') === 3);
    const patient = await pipeline.snapshot(20_000);
    const measured = ({ containers }: Snapshot): number =>
      containers.filter(({ resources }) => resources !== undefined).length;
    expect([measured(await hurried), measured(patient)]).to.deep.equal([0, 3]);
    expect(patient.problems).to.deep.equal([]);
    expect(engine.traffic.count('stats')).to.equal(6);
  });

  it('is counted and over where it fails in itself, and the next one is a new one', async () => {
    await setUp();
    const client = await createDockerClient({ host: engine.host, tls: noTls }, '');
    let isFaulty = true;
    const faulty = await createPipeline(engine.host, {
      client: {
        ...client,
        // What /info says is compared outside of the call.
        info: async (limits) => {
          const { answer, ...identity } = await client.info(limits);
          const trap = new Proxy(Object(answer), {
            get: (target, key) => {
              if (!isFaulty || key !== 'ContainersRunning') return Reflect.get(target, key);
              isFaulty = false;
              throw new RangeError('Invalid array length');
            },
          });
          return { ...identity, answer: trap };
        },
      },
    });
    const { problems, errors } = await faulty.snapshot();
    const message = 'Invalid array length';
    expect(problems).to.deep.equal([{ collector: 'system', subject: 'collection', message }]);
    expect(errors).to.deep.equal({ container: 0, system: 1 });
    const next = await faulty.snapshot();
    expect(next).to.deep.include({ problems: [], errors: { container: 0, system: 1 } });
    expect(next.containers).to.have.length(10);
    faulty.close();
    client.close();
  });

  it('asks for nothing more when it is given up, one call at a time', async () => {
    await setUp({}, { maxConcurrent: 1 });
    engine.fault('stats', 'hang-before-headers');
    const abortReason = pipeline.snapshot(4_000);
    await eventually('a stats call is made', () => engine.traffic.openNow('stats') === 1);
    pipeline.source.stop();
    expect((await abortReason).containers).to.have.length(10);
    await eventually('no call is open', () => engine.traffic.openNow() === 0);
    expect(engine.traffic.count('stats')).to.equal(1);
    expect(engine.traffic.openPeak()).to.equal(1);
  });

  it('never has more than 10 calls open at once on an engine that answers at once', async () => {
    await setUp({ containers: 100 });
    engine.fault('stats', { delay: 20 });
    await pipeline.snapshot();
    expect(engine.traffic.count('stats')).to.equal(100);
    expect(engine.traffic.openPeak()).to.be.within(2, 10);
  });

  it('lets all stats calls wait together for the next tick of an engine that ticks', async () => {
    await setUp({ containers: 100, ticking: true, tickMilliseconds: 2_000 });
    await pipeline.snapshot();
    expect(engine.traffic.openPeak('stats')).to.be.greaterThan(50);
  });

  it('never has more than max_waiting stats calls waiting', async () => {
    await setUp({ containers: 100, ticking: true }, { maxWaiting: 30 });
    const snapshot = await pipeline.snapshot();
    expect(snapshot.errors.container).to.equal(0);
    expect(engine.traffic.openPeak('stats')).to.be.within(11, 30);
  });

  it('holds a max_concurrent of the user on an engine that ticks too', async () => {
    await setUp({ containers: 60, ticking: true }, { maxConcurrent: 10, maxWaiting: 10 });
    const snapshot = await pipeline.snapshot();
    expect(snapshot.errors.container).to.equal(0);
    expect(engine.traffic.openPeak()).to.be.within(2, 10);
  });

  it('asks for the stats of known containers beside /info, and leaves room for what tells of changes', async () => {
    await setUp({ containers: 30 }, { maxConcurrent: 4 });
    await pipeline.snapshot();
    engine.traffic.reset();
    engine.fault('info', { delay: 900 });
    engine.fault('stats', 'hang-before-headers');
    const whole = pipeline.snapshot(2_000);
    // The stream of events is the fourth.
    await eventually('two stats calls are made beside /info', () => engine.traffic.openNow('stats') === 2);
    expect(engine.traffic.openNow('info')).to.equal(1);
    await eventually('events are asked for, and then more stats', () => engine.traffic.openNow('stats') === 3);
    expect(engine.traffic.count('events')).to.equal(1);
    await whole;
  });

  it('finds the engine up while the inspections of an earlier snapshot still queue', async () => {
    await setUp({ containers: 60 }, { maxConcurrent: 4 });
    engine.fault('inspect', { delay: 250 });
    const earlier = pipeline.snapshot(20_000);
    await pipeline.snapshot(200);
    expect(await pipeline.snapshot(1_500)).to.include({ up: true });
    engine.clearFaults();
    await earlier;
  });
});

describe('the durations of a snapshot', () => {
  it('are the seconds that each collector took, or has taken so far', async () => {
    const engine = await startSimulator({ containers: 0 });
    const client = await createDockerClient({ host: engine.host, tls: noTls }, '');
    let clock = 0;
    const collectors = { container: true, system: true, disk: false };
    const share = createMemoryBudget().kept;
    const { promise: counted, resolve: count } = Promise.withResolvers<void>();
    const { promise: updated, resolve: update } = Promise.withResolvers<void>();
    const inventory: Inventory = {
      ...createInventory({
        client,
        collectors,
        stream: false,
        share,
        filters: () => noFilters,
        keepLabel: () => false,
      }),
      update: async () => {
        clock += 1_000;
        update();
        return { counted };
      },
    };
    const collect = createCollector({
      client,
      inventory,
      share,
      collectors,
      sharedNetwork: 'once',
      maxConcurrent: 10,
      maxWaiting: 256,
      maxLabelLength: 1_024,
      maxLifecycleSums: 10,
      now: Date.now,
      steadyNow: () => clock,
    });
    const { finished, partial } = collect(8_000);
    await updated;
    // There are no containers to wait for.
    await new Promise(setImmediate);
    clock += 3_000;
    const early = partial();
    count();
    await finished;
    clock += 5_000;
    const whole = partial();
    client.close();
    await engine.stop();
    for (const { durations } of [early, whole]) expect(durations).to.deep.equal({ container: 1, system: 4 });
  });
});
