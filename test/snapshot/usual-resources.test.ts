import { expect } from 'chai';
import type { ResourceFacts } from '../../lib/snapshot/facts.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import { extraSeries, usualResources } from '../../lib/snapshot/usual-resources.ts';

/** A container with so many interfaces, devices and CPUs. */
function resourcesOf(interfaces: number, devices: number, cpus: number): ResourceFacts {
  const networks = Object.fromEntries(Array.from({ length: interfaces }, (_, index) => [`eth${index}`, {}]));
  const entries = Array.from({ length: devices }, (_, minor) => ({ major: 8, minor, op: 'read', value: 1 }));
  const usage = Array.from({ length: cpus }, () => 1e9);
  const facts = parseStats({
    read: '2026-11-22T08:26:55Z',
    networks,
    blkio_stats: { io_service_bytes_recursive: entries },
    cpu_stats: { cpu_usage: { percpu_usage: usage } },
  });
  if (facts === undefined) throw new Error('these are stats');
  return facts;
}

describe('the resources of a container', () => {
  it('have no series beyond the usual ones where it is an ordinary one', () => {
    for (const resources of [resourcesOf(0, 0, 0), resourcesOf(2, 4, 16)]) {
      expect(extraSeries(resources)).to.equal(0);
      expect(usualResources(resources)).to.deep.equal(resources);
    }
  });

  it('have eight more for each interface, four for each device, and one for each CPU', () => {
    expect(extraSeries(resourcesOf(256, 4, 16))).to.equal(8 * 254);
    expect(extraSeries(resourcesOf(1, 1_024, 16))).to.equal(4 * 1_020);
    expect(extraSeries(resourcesOf(1, 4, 64))).to.equal(48);
  });

  it('are cut to what an ordinary one has', () => {
    const { interfaces, devices, cpuUsageByCpu } = usualResources(resourcesOf(300, 1_100, 1_500));
    expect([interfaces.length, devices.length, cpuUsageByCpu?.length]).to.deep.equal([2, 4, 16]);
  });
});
