import { expect } from 'chai';
import sinon from 'sinon';
import { createMemoryShare } from '../../../lib/memory-budget.ts';
import type { ContainerLifecycle } from '../../../lib/inventory/lifecycle/lifecycle.ts';
import { type LifecycleCounts, noCounts } from '../../../lib/inventory/lifecycle/counts.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type Pipeline, type PipelineOptions, createPipeline, excluding } from '../../support/pipeline.ts';

/** Pushes everything else out of the engine's memory of 256 events. */
function overrun({ containers }: Simulator): void {
  const { name } = containers.add({ name: 'noise', health: 'healthy' });
  for (let round = 0; round < 130; round += 1) {
    containers.setHealth(name, 'unhealthy');
    containers.setHealth(name, 'healthy');
  }
  containers.remove(name);
}

describe('what happens to containers', () => {
  let engine: Simulator;
  let pipeline: Pipeline;
  let clock: number;

  const start = async (options: PipelineOptions = {}): Promise<void> => {
    pipeline = await createPipeline(engine.host, options);
  };

  beforeEach(async () => {
    clock = Date.UTC(2026, 10, 1);
    engine = await startSimulator({ containers: 0, clock: () => clock });
  });
  afterEach(async () => {
    pipeline.close();
    await engine.stop();
  });

  const pass = (seconds: number): void => {
    clock += seconds * 1000;
  };
  const lifecycleOf = async (name: string): Promise<ContainerLifecycle | undefined> =>
    (await pipeline.snapshot()).containers.find((container) => container.name === name)?.lifecycle;
  const sumOf = async (image: string): Promise<LifecycleCounts | undefined> =>
    (await pipeline.snapshot()).lifecycle.sums.find((sum) => sum.image === image)?.counts;
  const gaps = async (): Promise<number> => (await pipeline.snapshot()).lifecycle.gaps;

  describe('as events tell it', () => {
    beforeEach(() => start());

    it('is nothing at first: every counter is there with 0', async () => {
      engine.containers.add({ name: 'web', image: 'nginx:1' });
      const nothing = {
        starts: 0,
        exits: { completed: 0, stopped: 0, oom_killed: 0, error: 0 },
        oomEvents: 0,
        runSeconds: 0,
      };
      expect(await lifecycleOf('web')).to.deep.include(nothing);
      expect(await sumOf('nginx:1')).to.deep.equal(nothing);
      expect(await pipeline.scrape()).to.match(/^docker_events_total\{type="container",action="oom"\} 0$/m);
    });

    it('counts each end of a job that is gone at the next scrape under its reason', async () => {
      await pipeline.snapshot();
      const jobs = engine.containers;
      const run = (end: (name: string) => void): void => {
        const { name } = jobs.add({ name: 'job', image: 'job:1' });
        pass(2);
        end(name);
        jobs.remove(name);
      };
      run((name) => jobs.exit(name, 0));
      run((name) => jobs.exit(name, 3));
      run((name) => jobs.stop(name));
      run((name) => jobs.kill(name));
      run((name) => {
        jobs.exceedMemory(name);
        jobs.exit(name, 137);
      });
      const sum = await sumOf('job:1');
      expect(sum).to.deep.include({
        starts: 5,
        exits: { completed: 1, stopped: 2, oom_killed: 1, error: 1 },
        oomEvents: 1,
      });
      expect(sum?.runSeconds).to.be.closeTo(10, 0.001);
      expect(await lifecycleOf('job')).to.equal(undefined);
    });

    it('adds up by compose project, service and image', async () => {
      await pipeline.snapshot();
      for (const project of ['blue', 'blue', 'green']) {
        const labels = { 'com.docker.compose.project': project, 'com.docker.compose.service': 'web' };
        engine.containers.add({ name: 'web', image: 'web:1', labels });
        engine.containers.remove('web');
      }
      const { sums } = (await pipeline.snapshot()).lifecycle;
      expect(sums.map(({ composeProject, counts }) => [composeProject, counts.starts])).to.deep.equal([
        ['blue', 2],
        ['green', 1],
      ]);
    });

    it('adds up under an image without its digest, by stack and service where there is no compose project', async () => {
      await pipeline.snapshot();
      const run = (image: string, labels: Readonly<Record<string, string>> = {}): void => {
        engine.containers.add({ name: 'job', image, labels });
        engine.containers.remove('job');
      };
      const task = { 'com.docker.stack.namespace': 'shop', 'com.docker.swarm.service.name': 'shop_web' };
      for (const digit of ['a', 'b']) run(`hub.example:5000/web:1@sha256:${digit.repeat(64)}`, task);
      // The steps of a classic build.
      for (const digit of ['c', 'd']) run(`sha256:${digit.repeat(64)}`);
      const pod = `sha256:${'e'.repeat(64)}`;
      run(pod, { 'io.kubernetes.pod.name': 'web-0' });
      run('web:1', { ...task, 'com.docker.compose.project': 'blue', 'com.docker.compose.service': 'web' });
      const { sums } = (await pipeline.snapshot()).lifecycle;
      expect(
        sums.map(({ composeProject, composeService, image, counts }) => [
          composeProject,
          composeService,
          image,
          counts.starts,
        ]),
      ).to.deep.equal([
        ['shop', 'shop_web', 'hub.example:5000/web:1', 2],
        ['', '', '(untagged)', 2],
        ['', '', pod, 1],
        ['blue', 'web', 'web:1', 1],
      ]);
    });

    it('knows of a run that began before the first scrape who was told to end it, and how long it was', async () => {
      engine.containers.add({ name: 'web' });
      pass(5);
      engine.containers.signal('web', 15);
      await pipeline.snapshot();
      pass(5);
      engine.containers.exit('web', 0);
      const { starts, exits, runSeconds } = (await lifecycleOf('web')) ?? {};
      expect([starts, exits?.stopped]).to.deep.equal([0, 1]);
      expect(runSeconds).to.be.closeTo(10, 0.001);
    });

    it('does not take an error for a stop because of a signal that means something else', async () => {
      engine.containers.add({ name: 'web', restartPolicy: 'no' });
      await pipeline.snapshot();
      engine.containers.signal('web', 1);
      engine.containers.exit('web', 1);
      expect((await lifecycleOf('web'))?.exits).to.include({ error: 1, stopped: 0 });
    });

    it('takes the exit code of a signal that was sent, whatever it is, for a stop', async () => {
      engine.containers.add({ name: 'web' });
      await pipeline.snapshot();
      engine.containers.signal('web', 10);
      engine.containers.exit('web', 138);
      expect((await lifecycleOf('web'))?.exits.stopped).to.equal(1);
    });

    it('waits for an inspection to tell why a container was killed', async () => {
      engine.containers.add({ name: 'killed', restartPolicy: 'no' });
      engine.containers.add({ name: 'starved', restartPolicy: 'no' });
      await pipeline.snapshot();
      engine.containers.exit('killed', 137);
      engine.containers.exceedMemory('starved');
      engine.containers.exit('starved', 137);
      expect((await lifecycleOf('killed'))?.exits).to.include({ error: 1, oom_killed: 0 });
      expect((await lifecycleOf('starved'))?.exits).to.include({ error: 0, oom_killed: 1 });
    });

    it('says why the last run ended, from its end on and after the next start too', async () => {
      const { containers } = engine;
      for (const name of ['failed', 'starved', 'stopped']) containers.add({ name, restartPolicy: 'no' });
      containers.add({ name: 'created', status: 'created', exitCode: 127 });
      const reasons = async (): Promise<Readonly<Record<string, unknown>>> => {
        const { containers: shown } = await pipeline.snapshot();
        return Object.fromEntries(shown.map(({ name, lifecycle }) => [name, lifecycle.lastExitReason]));
      };
      const none = { failed: undefined, starved: undefined, stopped: undefined, created: undefined };
      expect(await reasons()).to.deep.equal(none);
      containers.exit('failed', 137);
      containers.exceedMemory('starved');
      containers.exit('starved', 137);
      containers.stop('stopped', 1);
      const ends = { ...none, failed: 'error', starved: 'oom_killed', stopped: 'stopped' };
      expect(await reasons()).to.deep.equal(ends);
      for (const name of ['failed', 'starved', 'stopped']) containers.start(name);
      expect(await reasons()).to.deep.equal(ends);
      containers.stop('starved', 137);
      expect(await reasons()).to.deep.equal({ ...ends, starved: 'stopped' });
    });

    it('counts the restarts of a crash loop, and stops by hand', async () => {
      engine.containers.add({ name: 'loop', restartPolicy: 'always' });
      await pipeline.snapshot();
      for (let round = 0; round < 3; round += 1) {
        engine.containers.exit('loop', 1);
        engine.containers.recover('loop');
      }
      engine.containers.restart('loop');
      engine.containers.stop('loop');
      expect(await lifecycleOf('loop')).to.deep.include({
        starts: 4,
        exits: { completed: 0, stopped: 2, oom_killed: 0, error: 3 },
      });
    });

    it('keeps the last events of a container, and of all, with exit code and reason', async () => {
      engine.containers.add({ name: 'web', restartPolicy: 'no' });
      await pipeline.snapshot();
      engine.containers.exit('web', 3);
      for (let round = 0; round < 30; round += 1) {
        engine.containers.start('web');
        engine.containers.stop('web');
      }
      engine.containers.start('web');
      engine.containers.exit('web', 4);
      const { lifecycle, containers } = await pipeline.snapshot();
      expect(lifecycle.recentEvents).to.have.length(100);
      expect(containers[0]?.lifecycle.recentEvents).to.have.length(10);
      expect(containers[0]?.lifecycle.recentEvents.at(-1)).to.include({
        containerName: 'web',
        action: 'die',
        exitCode: 4,
        reason: 'error',
      });
    });

    it('keeps nothing of a container that is gone but its sums', async () => {
      await pipeline.snapshot();
      engine.containers.add({ name: 'web', image: 'web:1' });
      await pipeline.snapshot();
      engine.containers.remove('web');
      engine.containers.add({ name: 'web', image: 'web:1' });
      expect((await lifecycleOf('web'))?.starts).to.equal(1);
      expect((await sumOf('web:1'))?.starts).to.equal(2);
      expect(await gaps()).to.equal(0);
    });
  });

  const ended: Readonly<Record<string, (name: string) => void>> = {
    completed: (name) => engine.containers.exit(name, 0),
    error: (name) => engine.containers.exit(name, 1),
    stopped: (name) => engine.containers.stop(name, 1),
    oom_killed: (name) => {
      engine.containers.exceedMemory(name);
      engine.containers.exit(name, 137);
    },
  };

  it('leaves why a run ended before the first scrape to be known from the events that the engine remembers', async () => {
    for (const [name, end] of Object.entries(ended)) {
      engine.containers.add({ name, restartPolicy: 'no' });
      end(name);
    }
    await start();
    for (const { name, lifecycle } of (await pipeline.snapshot()).containers) {
      expect(lifecycle).to.deep.include({ lastExitReason: name, exits: noCounts.exits });
    }
  });

  it('leaves it to be known from inspections where the engine has forgotten those events', async () => {
    for (const [name, end] of Object.entries(ended)) {
      engine.containers.add({ name, restartPolicy: 'no' });
      end(name);
    }
    engine.containers.add({ name: 'killed', status: 'exited', exitCode: 137 });
    overrun(engine);
    await start();
    const { containers } = await pipeline.snapshot();
    expect(containers.map(({ name, lifecycle }) => [name, lifecycle.lastExitReason])).to.have.deep.members([
      ['completed', 'completed'],
      ['error', 'error'],
      ['stopped', 'error'],
      ['oom_killed', 'oom_killed'],
      ['killed', 'stopped'],
    ]);
  });

  it('does not take the containers of one engine for stopped where another one answers in its place', async () => {
    await start();
    engine.containers.add({ name: 'old', image: 'old:1' });
    await pipeline.snapshot();
    const { port } = new URL(engine.host);
    await engine.stop();
    engine = await startSimulator({ containers: 0, clock: () => clock, engine: 'docker-cgroup1', port: Number(port) });
    pass(10);
    engine.containers.add({ name: 'new', image: 'new:1', restartPolicy: 'no' });
    await pipeline.snapshot();
    await pipeline.snapshot();
    pass(10);
    engine.containers.exit('new', 3);
    const { containers, lifecycle } = await pipeline.snapshot();
    expect(containers.map(({ name }) => name)).to.deep.equal(['new']);
    expect(containers[0]?.lifecycle.exits).to.deep.equal({ ...noCounts.exits, error: 1 });
    const exits = lifecycle.sums.map(({ image, counts }) => [image, counts.exits]);
    expect(exits).to.deep.equal([
      ['old:1', noCounts.exits],
      ['new:1', { ...noCounts.exits, error: 1 }],
    ]);
  });

  it('counts nowhere for a container that filters leave out', async () => {
    await start({ filters: excluding({ names: [/^hidden/] }) });
    await pipeline.snapshot();
    engine.containers.add({ name: 'hidden', image: 'hidden:1' });
    engine.containers.kill('hidden');
    const { lifecycle } = await pipeline.snapshot();
    expect(lifecycle.sums).to.deep.equal([]);
    expect(lifecycle.recentEvents).to.deep.equal([]);
    const kills = lifecycle.events.find(({ type, action }) => type === 'container' && action === 'kill');
    expect(kills?.count).to.equal(0);
  });

  it('is added up under (other) once the combinations are too many', async () => {
    await start({ maxLifecycleSums: 3 });
    await pipeline.snapshot();
    for (const image of ['a', 'b', 'c', 'd', 'a']) {
      engine.containers.add({ name: 'job', image });
      engine.containers.remove('job');
    }
    const { sums } = (await pipeline.snapshot()).lifecycle;
    expect(sums.map(({ image, counts }) => [image, counts.starts])).to.deep.equal([
      ['a', 2],
      ['b', 1],
      ['(other)', 2],
    ]);
  });

  it('is added up under (other) once there is no memory for more combinations', async () => {
    const share = createMemoryShare(400_000);
    await start({ share });
    await pipeline.snapshot();
    for (let index = 0; index < 60; index += 1) {
      const labels = { 'com.docker.compose.project': 'p'.repeat(900) };
      engine.containers.add({ name: 'job', image: `job:${index}`, labels });
      engine.containers.remove('job');
      if (index % 20 === 0) await pipeline.snapshot();
    }
    const { sums } = (await pipeline.snapshot()).lifecycle;
    expect(sums.reduce((sum, { counts }) => sum + counts.starts, 0)).to.equal(60);
    expect(sums.length).to.be.within(2, 8);
    expect(share.usedBytes()).to.be.at.most(100_000);
  });

  it('says so where there is no memory for containers whose events it could count', async () => {
    await start({ share: createMemoryShare(1_000) });
    await pipeline.snapshot();
    engine.containers.add({ name: 'web' });
    engine.containers.remove('web');
    const { problems } = await pipeline.snapshot();
    expect(problems).to.deep.include({
      collector: 'container',
      subject: 'events',
      message: 'events are not counted: there is no memory for more containers',
    });
  });

  it('takes no label for the length of a run', async () => {
    await start();
    const labels = { execDuration: '1e300', exitCode: '0' };
    engine.containers.add({ name: 'old', image: 'old:1', labels, restartPolicy: 'no' });
    await pipeline.snapshot();
    engine.containers.add({ name: 'new', image: 'new:1', labels, restartPolicy: 'no' });
    pass(5);
    for (const name of ['old', 'new']) engine.containers.exit(name, 3);
    await pipeline.snapshot();
    for (const image of ['old:1', 'new:1']) {
      const { exits, runSeconds } = (await sumOf(image)) ?? {};
      expect(exits).to.include({ error: 1, completed: 0 });
      expect(runSeconds).to.be.closeTo(5, 0.001);
    }
  });

  // Without room for a stream, what the engine has forgotten is lost.
  describe('in a gap of the events', () => {
    beforeEach(() => start({ maxConcurrent: 1 }));

    it('is counted as far as inspections prove it, and the gap too', async () => {
      engine.containers.add({ name: 'loop', restartPolicy: 'always' });
      engine.containers.add({ name: 'ended', restartPolicy: 'no' });
      engine.containers.add({ name: 'removed', image: 'removed:1' });
      await pipeline.snapshot();
      pass(7);
      for (let round = 0; round < 3; round += 1) {
        engine.containers.exit('loop', 1);
        engine.containers.recover('loop');
      }
      engine.containers.exceedMemory('ended');
      engine.containers.exit('ended', 137);
      engine.containers.remove('removed');
      engine.containers.add({ name: 'new', restartPolicy: 'no' });
      pass(1);
      engine.containers.exit('new', 0);
      overrun(engine);
      const { lifecycle, containers } = await pipeline.snapshot();
      const byName = new Map(containers.map((container) => [container.name, container.lifecycle]));
      expect(lifecycle.gaps).to.equal(1);
      expect(byName.get('loop')).to.deep.include({ starts: 3 });
      expect(byName.get('loop')?.exits).to.include({ error: 3 });
      expect(byName.get('ended')).to.deep.include({ starts: 0, oomEvents: 1, runSeconds: 7 });
      expect(byName.get('ended')?.exits).to.include({ oom_killed: 1 });
      expect(byName.get('new')).to.deep.include({ starts: 1, runSeconds: 1 });
      expect(byName.get('new')?.exits).to.include({ completed: 1 });
      expect(lifecycle.sums.find(({ image }) => image === 'removed:1')?.counts.exits).to.include({ stopped: 1 });
    });

    it('is not counted again where the engine still remembers it', async () => {
      engine.containers.add({ name: 'loop', restartPolicy: 'always' });
      await pipeline.snapshot();
      const crash = (): void => {
        pass(1);
        engine.containers.exit('loop', 1);
        engine.containers.recover('loop');
      };
      crash();
      overrun(engine);
      crash();
      expect(await lifecycleOf('loop')).to.deep.include({ starts: 2 });
      engine.containers.exit('loop', 1);
      expect((await lifecycleOf('loop'))?.exits.error).to.equal(3);
      expect(await gaps()).to.equal(1);
    });
  });

  describe('where events are forbidden', () => {
    let steadyClock: sinon.SinonFakeTimers;

    beforeEach(async () => {
      steadyClock = sinon.useFakeTimers({ toFake: ['performance'] });
      engine.fault('events', { status: 403 });
      await start({ now: () => clock });
    });
    afterEach(() => steadyClock.restore());

    it('is counted as far as inspections prove it, without a gap', async () => {
      engine.containers.add({ name: 'web', restartPolicy: 'no' });
      const { capabilities } = await pipeline.snapshot();
      expect([...capabilities]).not.to.include('events');
      pass(3);
      engine.containers.exit('web', 2);
      expect(await lifecycleOf('web')).to.deep.include({ starts: 0, runSeconds: 3 });
      pass(1);
      engine.containers.start('web');
      engine.containers.add({ name: 'new' });
      expect(await lifecycleOf('web')).to.deep.include({ starts: 1 });
      expect(await lifecycleOf('new')).to.deep.include({ starts: 1 });
      expect((await lifecycleOf('web'))?.exits).to.include({ error: 1 });
      expect(await gaps()).to.equal(0);
    });

    it('goes on with events once they are allowed', async () => {
      engine.containers.add({ name: 'web', restartPolicy: 'no' });
      await pipeline.snapshot();
      engine.containers.exit('web', 2);
      engine.clearFaults();
      pass(601);
      steadyClock.tick(601_000);
      expect((await lifecycleOf('web'))?.exits.error).to.equal(1);
      engine.containers.start('web');
      engine.containers.exit('web', 2);
      expect((await lifecycleOf('web'))?.exits.error).to.equal(2);
      expect([...(await pipeline.snapshot()).capabilities]).to.include('events');
    });
  });
});
