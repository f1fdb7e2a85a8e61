import { expect } from 'chai';
import { createMemoryShare } from '../../lib/memory-budget.ts';
import type { ContainerFacts, Snapshot } from '../../lib/snapshot/facts.ts';
import { eventually } from '../support/eventually.ts';
import {
  type Pipeline,
  type PipelineOptions,
  createPipeline,
  including,
  noFilters,
  noRules,
} from '../support/pipeline.ts';
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

  describe('with little memory', () => {
    /** Room for the ten that there are; each takes some 30 KB. */
    const shareBytes = 400_000;
    const leftOut = {
      collector: 'container',
      subject: 'list',
      message: 'containers are left out: there is no memory for more of them',
    };
    const names = (snapshot: Snapshot): readonly string[] => snapshot.containers.map(({ name }) => name);

    const withShare = async (bytes: number, options: PipelineOptions = {}): Promise<void> => {
      pipeline.close();
      pipeline = await createPipeline(engine.host, { share: createMemoryShare(bytes), ...options });
    };

    it('keeps those that run where there is room for no more, and says so', async () => {
      await withShare(shareBytes);
      const known = names(await pipeline.snapshot());
      for (let index = 0; index < 20; index += 1) engine.containers.add();
      for (let scrape = 0; scrape < 2; scrape += 1) {
        const snapshot = await pipeline.snapshot();
        expect(names(snapshot)).to.include.members(known);
        expect(names(snapshot).length).to.be.lessThan(20);
        expect(snapshot.problems).to.deep.include(leftOut);
      }
    });

    it('shows one that was left out as soon as there is room', async () => {
      await withShare(shareBytes);
      const added = Array.from({ length: 20 }, () => engine.containers.add().name);
      await pipeline.snapshot();
      const others = engine.containers.all().filter(({ name }) => !added.includes(name));
      for (const { name } of others) engine.containers.remove(name);
      await pipeline.snapshot();
      const after = names(await pipeline.snapshot());
      expect(after.length).to.be.at.least(10);
      expect(added).to.include.members(after);
    });

    it('shows those that run rather than 300 newer ones that do not', async () => {
      const running = engine.containers.all().map(({ name }) => name);
      for (let index = 0; index < 300; index += 1) engine.containers.add({ status: 'created' });
      await withShare(shareBytes);
      for (let scrape = 0; scrape < 2; scrape += 1) {
        expect(names(await pipeline.snapshot())).to.include.members(running);
      }
    });

    it('shows ordinary ones rather than newer ones with labels of thousands of characters', async () => {
      const ordinary = engine.containers.all().map(({ name }) => name);
      const labels = { 'com.docker.compose.project': 'p'.repeat(1_000) };
      for (let index = 0; index < 20; index += 1) engine.containers.add({ labels });
      await withShare(shareBytes);
      for (let scrape = 0; scrape < 2; scrape += 1) {
        const snapshot = await pipeline.snapshot();
        expect(names(snapshot)).to.include.members(ordinary);
        expect(snapshot.problems).to.deep.include(leftOut);
      }
    });

    it('shows one that starts in place of one that does not run', async () => {
      for (let index = 0; index < 20; index += 1) engine.containers.add({ name: `made-${index}`, status: 'created' });
      await withShare(shareBytes);
      await pipeline.snapshot();
      for (const name of ['made-0', 'made-19']) engine.containers.start(name);
      const snapshot = await pipeline.snapshot();
      expect(names(snapshot)).to.include.members(['made-0', 'made-19']);
      const started = snapshot.containers.filter(({ name }) => /^made-(0|19)$/.test(name));
      expect(started.every(({ resources }) => resources !== undefined)).to.equal(true);
    });

    it('shows the one of 1,000 that the filters want', async () => {
      for (let index = 0; index < 1_000; index += 1) engine.containers.add({ name: `other-${index}` });
      engine.containers.add({ name: 'wanted' });
      for (let index = 1_000; index < 1_010; index += 1) engine.containers.add({ name: `other-${index}` });
      await withShare(2 * shareBytes, { filters: including({ names: [/^wanted$/] }) });
      const snapshot = await pipeline.snapshot();
      expect(names(snapshot)).to.deep.equal(['wanted']);
      expect(snapshot.problems).to.deep.equal([]);
    });

    it('knows after a rename what the filters want', async () => {
      engine.containers.add({ name: 'before', labels: { tier: 'front' } });
      await withShare(shareBytes, { filters: including({ names: [/^after$/] }) });
      expect(names(await pipeline.snapshot())).to.deep.equal([]);
      engine.containers.rename('before', 'after');
      expect(names(await pipeline.snapshot())).to.deep.equal(['after']);
      engine.containers.rename('after', 'before');
      expect(names(await pipeline.snapshot())).to.deep.equal([]);
    });

    it('is not harmed by labels that nothing uses', async () => {
      const labels = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`l${index}`, 'x'.repeat(1_000)]));
      for (const status of ['running', 'exited'] as const) engine.containers.add({ name: status, status, labels });
      await withShare(shareBytes, { filters: including({ labels: [{ key: 'l7', value: undefined }] }) });
      const snapshot = await pipeline.snapshot();
      expect(names(snapshot)).to.have.members(['running', 'exited']);
      expect(snapshot.containers.map((container) => Object.keys(container.labels))).to.deep.equal([['l7'], ['l7']]);
    });

    it('shows the first of too many interfaces, devices and CPUs, and counts an error', async () => {
      await withShare(2 * shareBytes);
      const name = engine.containers.all()[0]?.name ?? '';
      const networks = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`eth${index}`, {}]));
      engine.fault('stats', { body: JSON.stringify({ read: '2026', networks, memory_stats: { usage: 1 } }) }, name);
      const { containers, problems } = await pipeline.snapshot();
      expect(containers.find((each) => each.name === name)?.resources?.interfaces).to.have.length(2);
      expect(problems.map(({ subject, message }) => `${subject}: ${message}`)).to.deep.equal([
        `${name}: interfaces, devices or CPUs are left out: there is no memory for more of them`,
      ]);
    });

    it('takes nothing more when a flood of new containers is over', async () => {
      const share = createMemoryShare(shareBytes);
      pipeline.close();
      pipeline = await createPipeline(engine.host, { share });
      await settle();
      const usedBytes = share.usedBytes();
      for (let index = 0; index < 100; index += 1) engine.containers.add({ name: `flood-${index}`, image: 'flood:1' });
      await pipeline.snapshot();
      expect(share.usedBytes()).to.be.at.most(shareBytes);
      for (let index = 0; index < 100; index += 1) engine.containers.remove(`flood-${index}`);
      const { containers, problems } = await pipeline.snapshot();
      expect(containers).to.have.length(10);
      expect(problems.map(({ subject }) => subject)).not.to.include('list');
      // But for the sums.
      expect(share.usedBytes() - usedBytes).to.be.lessThan(5_000);
    });
  });

  it('lists and inspects all anew where filters change that need other labels, and goes on counting', async () => {
    let filters = noFilters;
    pipeline.close();
    pipeline = await createPipeline(engine.host, { filters: () => filters });
    engine.containers.add({ name: 'front', labels: { tier: 'front' } });
    engine.containers.add({ name: 'back', labels: { tier: 'back' } });
    await settle();
    engine.containers.restart('front');
    const before = (await pipeline.snapshot()).containers.find(({ name }) => name === 'front');
    expect(before?.labels).not.to.have.property('tier');
    filters = { ...noFilters, include: { ...noRules, labels: [{ key: 'tier', value: 'front' }] } };
    const { containers } = await pipeline.snapshot();
    expect(containers.map(({ name }) => name)).to.deep.equal(['front']);
    expect(containers[0]?.lifecycle).to.deep.include({ starts: 1, countedSince: before?.lifecycle.countedSince });
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
