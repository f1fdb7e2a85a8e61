import { expect } from 'chai';
import { engineFromHeaders } from '../../lib/docker/engine.ts';
import { plausibleFigures } from '../../lib/snapshot/plausible.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { createPipeline } from '../support/pipeline.ts';
import { limitFacts } from '../support/snapshots.ts';

describe('the figures of a container that can be', () => {
  const docker = engineFromHeaders({ 'api-version': '1.47' });
  const podman = engineFromHeaders({ 'api-version': '1.41', 'libpod-api-version': '4.3.1' });

  const resourcesWith = (limit: number) => {
    const resources = parseStats({
      read: '2026-01-01T00:00:00Z',
      cpu_stats: { cpu_usage: { total_usage: 50e9, usage_in_kernelmode: 40e6, usage_in_usermode: 49.96e9 } },
      memory_stats: { usage: 1, limit },
    });
    if (resources === undefined) throw new Error('it runs');
    return resources;
  };

  for (const [what, limit] of [
    ["the kernel's word for none", 2 ** 63 - 4_096],
    ['2⁶³', 2 ** 63],
    ['2⁶⁴ - 1, as a double', 2 ** 64],
  ] as const) {
    it(`have the limit that is set, or else the memory of the host, in place of ${what}`, () => {
      const info = { MemTotal: 8_000 };
      const limitOf = (limits?: ReturnType<typeof limitFacts>, known = true) =>
        plausibleFigures(resourcesWith(limit), { engine: docker, info: known ? info : undefined, limits }).memoryLimit;
      expect(limitOf(limitFacts({ memory: 500 }))).to.equal(500);
      expect(limitOf(limitFacts())).to.equal(8_000);
      expect(limitOf(undefined)).to.equal(8_000);
      expect(limitOf(undefined, false)).to.equal(undefined);
    });
  }

  it('have the limit that the engine tells where it is one', () => {
    const info = { MemTotal: 8_000 };
    const figures = plausibleFigures(resourcesWith(2 ** 40), { engine: docker, info, limits: undefined });
    expect(figures.memoryLimit).to.equal(2 ** 40);
  });

  for (const [what, engine, info, isSplit] of [
    ['Docker on cgroup v2', docker, { CgroupVersion: '2', ServerVersion: '4.3.1' }, true],
    ['Podman 4 on cgroup v1', podman, { CgroupVersion: '1', ServerVersion: '4.3.1' }, true],
    ['Podman 4 on cgroup v2', podman, { CgroupVersion: '2', ServerVersion: '4.3.1' }, false],
    ['Podman 5 on cgroup v2', podman, { CgroupVersion: '2', ServerVersion: '5.8.0' }, false],
    ['Podman 6 on cgroup v2', podman, { CgroupVersion: '2', ServerVersion: '6.0.0' }, true],
    ['Podman whose /info is forbidden', podman, undefined, false],
  ] as const) {
    it(`have ${isSplit ? 'the' : 'no'} split of CPU time of ${what}`, () => {
      const { cpuUsage, cpuSystem, cpuUser } = plausibleFigures(resourcesWith(1), { engine, info, limits: undefined });
      expect(cpuUsage).to.equal(50);
      expect([cpuSystem, cpuUser]).to.deep.equal(isSplit ? [0.04, 49.96] : [undefined, undefined]);
    });
  }

  it('are those of a snapshot', async () => {
    const engine = await startSimulator({ containers: 1, allRunning: true });
    const stats = { read: '2026-01-01T00:00:00Z', memory_stats: { usage: 5, limit: 2 ** 64 } };
    engine.fault('stats', { body: JSON.stringify(stats) });
    engine.fault('info', { body: JSON.stringify({ SystemTime: new Date().toISOString(), MemTotal: 8_000 }) });
    const pipeline = await createPipeline(engine.host);
    const { containers } = await pipeline.snapshot();
    pipeline.close();
    await engine.stop();
    const [container] = containers;
    expect(container?.resources?.memoryLimit).to.equal(container?.limits?.memory ?? 8_000);
  });
});
