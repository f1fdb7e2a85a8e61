import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Capability } from '../../lib/snapshot/facts.ts';
import { readRecording, startRecordedEngine } from '../simulator/recording.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../simulator/simulator.ts';
import { fixtureFolder } from '../support/golden.ts';
import { type Pipeline, createPipeline } from '../support/pipeline.ts';

describe('what an engine is known to report', () => {
  for (const [recorded, expected] of [
    ['docker-20.10-cgroup2', true],
    ['docker-29-cgroup2', true],
    ['docker-29-cgroup1-containerd', true],
    ['podman-4.3-cgroup1', false],
  ] as const) {
    it(`knows ${expected ? '' : 'no '}hits of the memory limit from ${recorded} before there was one`, async () => {
      const recording = await readRecording(fixtureFolder(recorded));
      const stats = Object.entries(recording.stats).map(([name, text]) => [name, text.replace(/"failcnt": \d+,/, '')]);
      const server = await startRecordedEngine({ ...recording, stats: Object.fromEntries(stats) });
      const ofRecording = await createPipeline(server.host);
      const { capabilities, containers } = await ofRecording.snapshot();
      expect(containers.map(({ resources }) => resources?.memoryFailcnt ?? 0)).not.to.include(27);
      expect(capabilities.has('memory_failcnt')).to.equal(expected);
      ofRecording.close();
      await server.stop();
    });
  }

  describe('over its life', () => {
    let folder: string;
    let engine: Simulator;
    let pipeline: Pipeline;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'capabilities-'));
    });
    afterEach(async () => {
      pipeline.close();
      await engine.stop();
      await rm(folder, { recursive: true });
    });

    /** Starts an engine where the one before was. */
    const start = async (options: SimulatorOptions): Promise<void> => {
      engine = await startSimulator({ allRunning: true, socketPath: join(folder, 'engine.sock'), ...options });
    };
    const setUp = async (options: SimulatorOptions): Promise<void> => {
      await start(options);
      pipeline = await createPipeline(engine.host);
    };
    const capabilities = async (): Promise<readonly Capability[]> => [...(await pipeline.snapshot()).capabilities];

    for (const [kind, cgroupVersion, expected] of [
      ['docker-cgroup2', '2', ['events', 'memory_failcnt', 'one_shot_stats']],
      ['docker-cgroup1', '1', ['events', 'one_shot_stats']],
      ['podman', '2', ['one_shot_stats']],
    ] as const) {
      it(`is ${expected.join(', ')} of ${kind} with cgroup v${cgroupVersion} before any container ran`, async () => {
        await setUp({ containers: 0, engine: kind });
        const info = { CgroupVersion: cgroupVersion, SystemTime: new Date().toISOString() };
        engine.fault('info', { body: JSON.stringify(info) });
        expect(await capabilities()).to.have.members(expected);
      });
    }

    it('is nothing before it is reached', async () => {
      await setUp({ containers: 1 });
      await engine.stop();
      expect(await capabilities()).to.deep.equal([]);
    });

    it('outlasts the containers that showed it', async () => {
      await setUp({ containers: 1 });
      const before = await capabilities();
      expect(before).to.include('network');
      engine.containers.remove(engine.containers.all()[0]?.id ?? '');
      const { containers, capabilities: after } = await pipeline.snapshot();
      expect(containers).to.deep.equal([]);
      expect([...after]).to.have.members(before);
    });

    it('is no longer events where a proxy forbids them', async () => {
      await setUp({ containers: 1 });
      expect(await capabilities()).to.include('events');
      await engine.stop();
      await engine.start();
      engine.fault('events', { status: 403 });
      expect(await capabilities()).to.not.include('events');
    });

    it('follows an engine that is replaced by one that answers at once, and forgets what the old one could', async () => {
      await setUp({ ticking: true, tickMilliseconds: 100, engine: 'docker-cgroup1' });
      const before = await pipeline.snapshot();
      expect(before.engine.sampledStats).to.equal(true);
      expect([...before.capabilities]).to.include('fs_operations');
      await engine.stop();
      await start({ containers: 3, engine: 'podman' });
      const after = await pipeline.snapshot();
      expect(after.engine).to.include({ product: 'podman', sampledStats: false });
      expect([...after.capabilities]).not.to.include('fs_operations');
      expect(after.containers).to.have.length(3);
    });

    it('forgets what the old one could of an engine that is upgraded', async () => {
      await setUp({ containers: 1, ticking: true, tickMilliseconds: 100 });
      expect(await capabilities()).to.include('network');
      await engine.stop();
      await start({ containers: 0 });
      const { engine: upgraded, capabilities: after } = await pipeline.snapshot();
      expect(upgraded).to.include({ product: 'docker', apiVersion: '1.47' });
      expect([...after]).to.have.members(['events', 'memory_failcnt', 'one_shot_stats']);
    });
  });
});
