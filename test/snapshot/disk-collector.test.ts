import { expect } from 'chai';
import { createMemoryShare } from '../../lib/memory-budget.ts';
import { type DiskType, diskTypes } from '../../lib/docker/client.ts';
import { unknownEngine } from '../../lib/docker/engine.ts';
import { EngineError } from '../../lib/docker/errors.ts';
import { type DiskCollector, createDiskCollector } from '../../lib/snapshot/disk-collector.ts';
import type { EventListener } from '../../lib/inventory/inventory.ts';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { diskSizes } from '../simulator/engine.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../simulator/simulator.ts';
import { type TestAgent, startTestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { type Pipeline, createPipeline } from '../support/pipeline.ts';

const collectors = { container: true, system: true, disk: true };

describe('the disk collector', () => {
  let engine: Simulator;
  let pipeline: Pipeline;
  let agent: TestAgent | undefined;

  const setUp = async (options: SimulatorOptions = {}, diskTimeoutMs?: number): Promise<void> => {
    engine = await startSimulator({ containers: 10, allRunning: true, tickMilliseconds: 50, ...options });
    pipeline = await createPipeline(engine.host, { collectors, diskTimeoutMs });
  };
  const measured = (): Promise<Snapshot> => {
    pipeline.disk?.start();
    return eventually('the disk is measured', async () => {
      const snapshot = await pipeline.snapshot();
      return snapshot.disk !== undefined && snapshot;
    });
  };
  const failed = (): Promise<boolean> => {
    pipeline.disk?.start();
    return eventually('it failed', () => pipeline.disk?.errors() === 1);
  };
  afterEach(async () => {
    await agent?.stop();
    agent = undefined;
    pipeline.close();
    await engine.stop();
  });

  it('asks for one type after the other where the engine knows how', async () => {
    await setUp();
    const { disk, containers, errors } = await measured();
    expect(engine.traffic.count('disk')).to.equal(diskTypes.length);
    expect(engine.traffic.openPeak('disk')).to.equal(1);
    expect(disk?.space.get('container')?.used).to.equal(10 * diskSizes.writableLayer);
    expect(disk?.volumes.every(({ bytes }) => bytes === diskSizes.volume)).to.equal(true);
    expect(containers.map(({ writableLayer }) => writableLayer)).to.deep.equal(Array(10).fill(diskSizes.writableLayer));
    expect(errors).to.deep.equal({ container: 0, system: 0, disk: 0 });
  });

  for (const options of [{ ticking: true }, { engine: 'podman' }] as const) {
    it(`asks once for all of an engine that does not: ${JSON.stringify(options)}`, async () => {
      await setUp(options);
      const { disk } = await measured();
      expect(engine.traffic.count('disk')).to.equal(1);
      expect([...(disk?.space.keys() ?? [])]).to.have.members([...diskTypes]);
    });
  }

  it('is off, and asks for nothing, unless it is switched on', async () => {
    await setUp();
    agent = await startTestAgent(['--docker.host', engine.host]);
    await agent.metrics();
    expect(engine.traffic.count('disk')).to.equal(0);
  });

  it('holds up no scrape while the engine measures', async () => {
    await setUp();
    engine.fault('disk', { delay: 10_000 });
    agent = await startTestAgent(['--docker.host', engine.host, '--collection.collectors.disk=true']);
    await eventually('the disk is asked for', () => engine.traffic.count('disk') > 0);
    const begun = performance.now();
    const metrics = await agent.metrics();
    expect(performance.now() - begun).to.be.below(5_000);
    expect(metrics.value('docker_disk_collected_time_seconds')).to.equal(undefined);
    expect(metrics.value('exporter_scrape_errors_total', { collector: 'disk' })).to.equal(0);
    expect(metrics.value('docker_containers_total', { state: 'running' })).to.equal(10);
  });

  it('loses only its own figures, and counts one error, where it is forbidden', async () => {
    await setUp();
    engine.fault('disk', { status: 403, message: 'Forbidden' });
    await failed();
    const { up, disk, errors, problems, containers } = await pipeline.snapshot();
    expect({ up, disk, errors }).to.deep.equal({
      up: true,
      disk: undefined,
      errors: { container: 0, system: 0, disk: 1 },
    });
    expect(problems).to.deep.equal([
      { collector: 'disk', subject: 'system/df', message: 'GET /system/df: status 403: Forbidden' },
    ]);
    expect(containers).to.have.length(10);
    expect(engine.traffic.count('disk')).to.equal(1);
  });

  it('gives up on an engine that never answers', async () => {
    await setUp({}, 100);
    engine.fault('disk', 'hang-in-body');
    await failed();
    await eventually('the call is over', () => engine.traffic.openNow('disk') === 0);
    const { up, disk, errors, problems, containers } = await pipeline.snapshot();
    expect({ up, disk, errors }).to.deep.equal({
      up: true,
      disk: undefined,
      errors: { container: 0, system: 0, disk: 1 },
    });
    expect(problems.map(({ message }) => message)).to.deep.equal(['GET /system/df: no complete answer within 0.1 s']);
    expect(containers).to.have.length(10);
  });
});

/** An inventory without events, and what tells of a gap in them. */
function createGaps() {
  const listeners: EventListener[] = [];
  return {
    inventory: { listen: (listener: EventListener) => void listeners.push(listener) },
    gap: () => listeners.forEach(({ onGap }) => onGap()),
  };
}

describe('the disk collector of an engine that speaks API 1.47', () => {
  const measureWith = async (
    apiVersion: string,
    diskUsage: (type: DiskType | undefined) => Promise<unknown>,
    maxBytes = 2 ** 20,
  ): Promise<DiskCollector> => {
    const share = createMemoryShare(maxBytes);
    const client = { ping: async () => ({ ...unknownEngine, apiVersion: '1.47' }), diskUsage };
    const disk = createDiskCollector({ client, inventory: { listen: () => {} }, share, apiVersion, now: Date.now });
    disk.start();
    await eventually('it is measured', () => disk.facts());
    disk.stop();
    return disk;
  };

  it('keeps what was measured before the type that failed', async () => {
    const disk = await measureWith('', async (type) => {
      if (type === 'volume') throw new EngineError('timeout', 'GET /system/df: too slow');
      return {};
    });
    expect([...(disk.facts()?.space.keys() ?? [])]).to.deep.equal(['build-cache', 'image', 'container']);
    expect(disk.errors()).to.equal(1);
  });

  it('keeps what was found before with its time where a later collection fails, and tries again soon', async () => {
    let now = 1_000;
    let asks = 0;
    const share = createMemoryShare(2 ** 20);
    const client = {
      ping: async () => unknownEngine,
      diskUsage: async () => {
        asks += 1;
        if (asks === 2) throw new EngineError('status', 'a disk usage operation is already running', 500);
        return { Volumes: [{ Name: 'data', UsageData: { Size: asks } }] };
      },
    };
    const { inventory, gap } = createGaps();
    const disk = createDiskCollector({ client, inventory, share, apiVersion: '', now: () => now });
    const found = (): unknown => [disk.facts()?.volumes[0]?.bytes, disk.facts()?.collectedAt];
    disk.start();
    await eventually('it is measured', () => disk.facts());
    now = 2_000;
    gap();
    await eventually('it failed', () => disk.errors() === 1);
    expect(found()).to.deep.equal([1, 1_000]);
    gap();
    await eventually('it is measured again', () => asks === 3 && disk.problems().length === 0);
    expect(found()).to.deep.equal([3, 2_000]);
    disk.stop();
  });

  it('is as old as its oldest type', async () => {
    let now = 1_000;
    let fails = false;
    const diskUsage = async (type: DiskType | undefined): Promise<unknown> => {
      if (fails && type === 'volume') throw new EngineError('timeout', 'GET /system/df: too slow');
      return type === 'volume' ? { Volumes: [{ Name: 'data', UsageData: { Size: 7 } }] } : {};
    };
    const client = { ping: async () => ({ ...unknownEngine, apiVersion: '1.47' }), diskUsage };
    const { inventory, gap } = createGaps();
    const share = createMemoryShare(2 ** 20);
    const disk = createDiskCollector({ client, inventory, share, apiVersion: '', now: () => now });
    disk.start();
    await eventually('it is measured', () => disk.facts());
    [now, fails] = [2_000, true];
    gap();
    await eventually('it failed', () => disk.errors() === 1);
    expect(disk.facts()?.volumes.map(({ bytes }) => bytes)).to.deep.equal([7]);
    expect(disk.facts()?.collectedAt).to.equal(1_000);
    disk.stop();
  });

  it('keeps the rest where one type is too large to read, and counts that once', async () => {
    const disk = await measureWith('', async (type) => {
      if (type !== 'volume') throw new EngineError('malformed', 'GET /system/df: too large');
      return {};
    });
    expect([...(disk.facts()?.space.keys() ?? [])]).to.deep.equal(['volume']);
    expect(disk.errors()).to.equal(1);
  });

  it('keeps as many volumes as there is memory for, and says that there are more', async () => {
    const volumes = Array.from({ length: 20_000 }, (_, index) => ({ Name: `v${index}`, UsageData: { Size: 1 } }));
    const disk = await measureWith('', async (type) => (type === 'volume' ? { Volumes: volumes } : {}), 2 ** 20);
    expect(disk.facts()?.volumes.length).to.be.within(400, 600);
    expect(disk.errors()).to.equal(1);
    expect(disk.problems().map(({ message }) => message)).to.deep.equal([
      'volumes or containers are left out: there is no memory for more of them',
    ]);
  });

  it('asks in the API version that is set', async () => {
    const asked: unknown[] = [];
    await measureWith('v1.41', async (type) => asked.push(type) && {});
    expect(asked).to.deep.equal([undefined]);
  });
});
