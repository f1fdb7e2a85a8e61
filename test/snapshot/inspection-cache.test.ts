import { expect } from 'chai';
import { type ContainerEvents, type EventCursor, createContainerEvents } from '../../lib/snapshot/container-events.ts';
import { unknownEngine } from '../../lib/docker/engine.ts';
import { createDockerClient } from '../../lib/docker/client.ts';
import { createInspectionCache, statusAge } from '../../lib/snapshot/inspection-cache.ts';
import { type Inspection, noLimits } from '../../lib/snapshot/inspection.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type Pipeline, createPipeline } from '../support/pipeline.ts';
import { eventually } from '../support/eventually.ts';

const inspection: Inspection = {
  state: 'running',
  health: 'healthy',
  startedAt: 1,
  restartCount: 0,
  exitCode: 0,
  image: 'a',
  limits: noLimits,
  healthFailingStreak: 0,
  finishedAt: undefined,
  oomKilled: false,
  imageId: undefined,
  networkMode: 'bridge',
};
const running = { Id: 'a', State: 'running', Status: 'Up 5 minutes (healthy)' };
const live: EventCursor = { stream: 1, sequence: 0 };

function changesThat(unchanged: (id: string, since: EventCursor) => boolean): ContainerEvents {
  return {
    listen: () => {},
    isListening: () => true,
    cursor: () => live,
    unchanged,
    retain: () => {},
  };
}

describe('what is known of a container', () => {
  let time = 0;
  const known = (unchanged: boolean): ReturnType<typeof createInspectionCache> =>
    createInspectionCache(
      changesThat(() => unchanged),
      () => time,
    );

  it('holds while no event came and the list agrees', () => {
    const containers = known(true);
    containers.set(running, inspection, live);
    expect(containers.getFresh({ ...running, Status: 'Up 6 minutes (healthy)' })).to.equal(inspection);
  });

  it('does not hold after an event, but is still there to fall back on', () => {
    const containers = known(false);
    containers.set(running, inspection, live);
    expect(containers.getFresh(running)).to.equal(undefined);
    expect(containers.getStale('a')).to.equal(inspection);
  });

  for (const [what, summary] of [
    ['another state', { ...running, State: 'paused', Status: 'Up 5 minutes (Paused)' }],
    ['another health', { ...running, Status: 'Up 6 minutes (unhealthy)' }],
    ['a later start', { ...running, Status: 'Up 4 seconds (healthy)' }],
  ] as const) {
    it(`does not hold when the list tells ${what}, even without an event`, () => {
      const containers = known(true);
      containers.set(running, inspection, live);
      expect(containers.getFresh(summary)).to.equal(undefined);
    });
  }

  it('does not hold when the list tells another exit code', () => {
    const containers = known(true);
    const exited = { Id: 'a', State: 'exited', Status: 'Exited (3) 2 minutes ago' };
    containers.set(exited, { ...inspection, state: 'exited', exitCode: 3 }, live);
    expect(containers.getFresh(exited)).not.to.equal(undefined);
    expect(containers.getFresh({ ...exited, Status: 'Exited (4) 2 minutes ago' })).to.equal(undefined);
  });

  it('never holds for a container that is restarting', () => {
    const containers = known(true);
    const restarting = { Id: 'a', State: 'restarting', Status: 'Restarting (1) 1 second ago' };
    containers.set(restarting, { ...inspection, state: 'restarting' }, live);
    expect(containers.getFresh(restarting)).to.equal(undefined);
  });

  it('is looked at anew after five minutes', () => {
    const containers = known(true);
    containers.set(running, inspection, live);
    time += 5 * 60_000;
    expect(containers.getFresh(running)).to.equal(inspection);
    time += 1;
    expect(containers.getFresh(running)).to.equal(undefined);
  });

  it('is forgotten with the container', () => {
    const containers = known(true);
    containers.set(running, inspection, live);
    containers.retain(new Set());
    expect(containers.getStale('a')).to.equal(undefined);
  });
});

describe('statusAge', () => {
  it('grows with the words that Docker uses', () => {
    const ages = [
      'Up Less than a second',
      'Up 1 second',
      'Up 59 seconds',
      'Up About a minute',
      'Up 59 minutes (healthy)',
      'Up About an hour',
      'Up 47 hours',
      'Up 13 days (Paused)',
      'Exited (0) 8 weeks ago',
      'Up 23 months',
      'Up 2 years',
    ].map(statusAge);
    expect(ages).to.deep.equal(ages.toSorted((left, right) => left - right));
    expect(new Set(ages).size).to.equal(ages.length);
  });
});

describe('a snapshot of an engine that tells its events', () => {
  let engine: Simulator;
  let pipeline: Pipeline;
  /** Runs ahead of the real time, so that a stream settles without waiting. */
  let ahead: number;

  const inspects = async (): Promise<number> => {
    const before = engine.traffic.count('inspect');
    await pipeline.snapshot();
    return engine.traffic.count('inspect') - before;
  };
  const settle = async (): Promise<void> => {
    await pipeline.snapshot();
    await eventually('the stream is open', () => engine.traffic.openNow('events') === 1);
    ahead += 2_000;
    await pipeline.snapshot();
  };

  beforeEach(async () => {
    ahead = 0;
    engine = await startSimulator({ containers: 10, allRunning: true });
    pipeline = await createPipeline(engine.host, { now: () => Date.now() + ahead });
  });
  afterEach(async () => {
    pipeline.close();
    await engine.stop();
  });

  it('inspects nothing when nothing happened: one call a container and six', async () => {
    await settle();
    const before = engine.traffic.count();
    await pipeline.snapshot();
    expect(engine.traffic.count() - before).to.equal(10 + 6);
  });

  it('inspects just the container that something happened to, and has the news', async () => {
    const { name } = engine.containers.add({ name: 'job', restartPolicy: 'no' });
    await settle();
    engine.containers.exit(name, 7);
    engine.containers.start(name);
    engine.containers.exit(name, 9);
    const before = engine.traffic.count('inspect');
    const snapshot = await pipeline.snapshot();
    expect(engine.traffic.count('inspect') - before).to.equal(1);
    expect(snapshot.containers.find((container) => container.name === name)).to.include({ exitCode: 9 });
  });

  it('inspects all after the stream broke, until the next one has settled', async () => {
    await settle();
    await engine.stop();
    await engine.start();
    expect(await inspects()).to.equal(10);
    await settle();
    expect(await inspects()).to.equal(0);
  });

  it('inspects all at each scrape where events are forbidden, and asks for them but once', async () => {
    engine.fault('events', { status: 403 });
    for (let scrape = 0; scrape < 3; scrape += 1) expect(await inspects()).to.equal(10);
    expect(engine.traffic.count('events')).to.equal(1);
  });
});

describe('the changes of containers', () => {
  it('are not listened to on Podman, whose events have other names', async () => {
    const engine = await startSimulator({ containers: 1, engine: 'podman' });
    const tls = { enabled: false, verify: true, caFile: '', certFile: '', keyFile: '' };
    const client = await createDockerClient({ host: engine.host, tls }, '');
    const changes = createContainerEvents(client, Date.now);
    changes.listen({ ...unknownEngine, product: 'podman' });
    expect(changes.isListening()).to.equal(false);
    expect(changes.unchanged('a', changes.cursor())).to.equal(false);
    client.close();
    await engine.stop();
  });
});
