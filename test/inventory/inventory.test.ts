import { expect } from 'chai';
import type { ContainerFacts } from '../../lib/snapshot/facts.ts';
import { eventually } from '../support/eventually.ts';
import { type Pipeline, createPipeline } from '../support/pipeline.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';

describe('an inventory', () => {
  let engine: Simulator;
  let pipeline: Pipeline;

  beforeEach(async () => {
    engine = await startSimulator({ containers: 10, allRunning: true });
    // A list that takes long is not asked for without a reason.
    engine.fault('list', { delay: 300 });
    pipeline = await createPipeline(engine.host);
  });
  afterEach(async () => {
    pipeline.close();
    await engine.stop();
  });

  /** Takes the first snapshot, and waits until the stream of events is open. */
  const settle = async (): Promise<void> => {
    await pipeline.snapshot();
    await eventually('the stream is open', () => engine.traffic.openNow('events') === 1);
    await pipeline.snapshot();
    engine.traffic.reset();
  };
  const shown = async (name: string): Promise<ContainerFacts | undefined> =>
    (await pipeline.snapshot()).containers.find((container) => container.name === name);
  /** Those whose health check fails are inspected each time, since the failures have no events. */
  const failing = (): number =>
    engine.containers.all().filter(({ health }) => health === 'starting' || health === 'unhealthy').length;

  it('asks for /info, the events and the stats alone when nothing happened', async () => {
    await settle();
    await pipeline.snapshot();
    expect(engine.traffic.count()).to.equal(10 + 2 + failing());
    expect(engine.traffic.count('list')).to.equal(0);
  });

  it('inspects just the container that something happened to, and has the news', async () => {
    engine.containers.add({ name: 'job', restartPolicy: 'no' });
    await settle();
    engine.containers.exit('job', 7);
    engine.containers.start('job');
    engine.containers.exit('job', 9);
    expect(await shown('job')).to.include({ state: 'exited', exitCode: 9 });
    expect(engine.traffic.count('inspect')).to.equal(1 + failing());
    expect(engine.traffic.count('list')).to.equal(0);
  });

  it('shows those that are there, and no other, after more events than the engine can repeat', async () => {
    await settle();
    const stayed = engine.containers.all().map(({ name }) => name);
    for (let round = 1; round <= 3; round += 1) {
      const names = Array.from({ length: 60 }, () => engine.containers.add().name);
      const { containers } = await pipeline.snapshot();
      expect(containers.map(({ name }) => name)).to.have.members([...stayed, ...names]);
      for (const name of names) engine.containers.remove(name);
    }
  });

  it('shows a new, a renamed and no removed container at the next scrape, without a list', async () => {
    engine.containers.add({ name: 'old' });
    engine.containers.add({ name: 'before' });
    await settle();
    engine.containers.remove('old');
    engine.containers.rename('before', 'after');
    engine.containers.add({ name: 'new', labels: { 'com.docker.compose.project': 'shop' } });
    const { containers } = await pipeline.snapshot();
    expect(containers.map(({ name }) => name)).to.have.members(engine.containers.all().map(({ name }) => name));
    expect(containers.find(({ name }) => name === 'new')).to.include({ state: 'running', composeProject: 'shop' });
    expect(containers.every(({ resources }) => resources !== undefined)).to.equal(true);
    expect(engine.traffic.count('list')).to.equal(0);
  });

  it('counts images, volumes and networks again only after their events', async () => {
    await settle();
    const before = (await pipeline.snapshot()).system;
    engine.containers.add({ name: 'new', image: 'never-seen:1', networks: ['lonely'] });
    const after = (await pipeline.snapshot()).system;
    expect(after.images).to.equal((before.images ?? 0) + 1);
    expect(after.networks).to.equal((before.networks ?? 0) + 1);
    expect(engine.traffic.count('images')).to.equal(1);
  });

  it('lists and inspects all after the daemon restarted', async () => {
    await settle();
    await engine.stop();
    await engine.start();
    expect((await pipeline.snapshot()).containers).to.have.length(10);
    expect(engine.traffic.count('list')).to.be.at.least(1);
    expect(engine.traffic.count('inspect')).to.be.at.least(10);
  });

  it('lists and inspects all at each scrape where events are forbidden, and asks for them but once', async () => {
    engine.fault('events', { status: 403 });
    for (let scrape = 1; scrape <= 3; scrape += 1) {
      await pipeline.snapshot();
      expect(engine.traffic.count('inspect')).to.equal(10 * scrape);
    }
    expect(engine.traffic.count('events')).to.equal(1);
    expect(engine.traffic.count('list')).to.equal(3);
  });

  it('lists at each scrape where /info is forbidden, and still inspects only what changed', async () => {
    engine.fault('info', { status: 403 });
    await settle();
    engine.containers.pause(engine.containers.all()[0]?.name ?? '');
    const { up, containers } = await pipeline.snapshot();
    expect(up).to.equal(true);
    expect(containers.filter(({ state }) => state === 'paused')).to.have.length(1);
    expect(engine.traffic.count('list')).to.equal(1);
    expect(engine.traffic.count('inspect')).to.be.lessThan(10);
  });

  it('looks where /info counts otherwise than the events said', async () => {
    await settle();
    // One more than any event told of.
    const { body } = { body: JSON.stringify({ ContainersRunning: 11, SystemTime: new Date().toISOString() }) };
    engine.fault('info', { body });
    await pipeline.snapshot();
    expect(engine.traffic.count('list')).to.equal(1);
    // The list says that it is the engine's own way of counting.
    await pipeline.snapshot();
    expect(engine.traffic.count('list')).to.equal(1);
  });

  it('keeps those that it knows where there is room for no more, and says so at each scrape', async () => {
    const small = await createPipeline(engine.host, { maxContainers: 10 });
    const names = engine.containers.all().map(({ name }) => name);
    await small.snapshot();
    for (let index = 0; index < 5; index += 1) engine.containers.add();
    for (let scrape = 0; scrape < 2; scrape += 1) {
      const { containers, problems } = await small.snapshot();
      expect(containers.map(({ name }) => name)).to.have.members(names);
      const message = '5 containers are left out: the memory limit has room for 10';
      expect(problems).to.deep.include({ collector: 'container', subject: 'list', message });
    }
    engine.containers.remove(names[0] ?? '');
    expect((await small.snapshot()).containers).to.have.length(10);
    small.close();
  });

  it('counts an error for what a container has too much of', async () => {
    const labels = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`label-${index}`, 'x']));
    engine.containers.add({ name: 'labelled', labels });
    const networks = Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`eth${index}`, {}]));
    engine.fault('stats', { body: JSON.stringify({ read: '2026', networks }) }, 'labelled');
    const { containers, problems, errors } = await pipeline.snapshot();
    const found = containers.find(({ name }) => name === 'labelled');
    expect(errors).to.deep.equal({ container: 2, system: 0 });
    expect(Object.keys(found?.labels ?? {})).to.have.length(256);
    expect(found?.resources?.interfaces).to.have.length(256);
    expect(problems.map(({ subject, message }) => `${subject}: ${message}`)).to.have.members([
      'labelled: 44 labels too many are left out',
      'labelled: 1 CPUs, interfaces or devices too many are left out',
    ]);
  });

  it('inspects a container that does not answer as one that runs', async () => {
    await settle();
    const name = engine.containers.all()[0]?.name ?? '';
    engine.fault('stats', { body: '{"read":"0001-01-01T00:00:00Z"}' }, name);
    await pipeline.snapshot();
    expect(engine.traffic.count('inspect')).to.be.at.least(1);
  });

  it('gets a list that takes longer than a scrape may', async () => {
    engine.fault('list', { delay: 1_500 });
    const names = engine.containers.all().map(({ name }) => name);
    const listed = await eventually('all containers', async () => {
      const { containers } = await pipeline.snapshot(1_000);
      return containers.length > 0 && containers;
    });
    expect(listed.map(({ name }) => name)).to.have.members(names);
  });
});
