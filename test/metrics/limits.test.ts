import { expect } from 'chai';
import { catalogue } from '../../lib/metrics/catalogue.ts';
import { parseInspection } from '../../lib/inventory/inspection.ts';
import { engineFromHeaders } from '../../lib/docker/engine.ts';
import { systemFacts } from '../../lib/snapshot/system.ts';
import { testBuild } from '../support/pipeline.ts';
import { containerFacts, snapshotOf, keepAll } from '../support/snapshots.ts';

/** What the rows whose names match read from a snapshot: values by name. */
function read(snapshot = snapshotOf(), names = /./): object {
  const found: Record<string, number> = {};
  for (const group of catalogue) {
    group.read({ snapshot, build: testBuild }, ({ name }, value) => names.test(name) && (found[name] = value));
  }
  return found;
}

const specOf = (HostConfig: object | undefined): object => {
  const { limits } = parseInspection({ State: {}, HostConfig }, keepAll);
  return read(snapshotOf({ containers: [containerFacts({ limits })] }), /_spec_/);
};

const unlimited = {
  container_spec_memory_limit_bytes: 0,
  container_spec_memory_reservation_limit_bytes: 0,
  container_spec_memory_swap_limit_bytes: 0,
  container_spec_cpu_period: 100_000,
  container_spec_cpu_shares: 1024,
};

describe('the limits of a container', () => {
  it('are 0 or the defaults where none is set, with no series of a quota and of pids', () => {
    const none = { Memory: 0, MemorySwap: -1, NanoCpus: 0, CpuQuota: 0, CpuPeriod: 0, CpuShares: 0, PidsLimit: -1 };
    expect(specOf(none)).to.deep.equal(unlimited);
    expect(specOf({ PidsLimit: null })).to.deep.equal(unlimited);
  });

  it('are what HostConfig says', () => {
    const set = { Memory: 100, MemoryReservation: 50, MemorySwap: 200, CpuShares: 2, PidsLimit: 7 };
    expect(specOf({ ...set, CpuQuota: 25_000, CpuPeriod: 50_000 })).to.deep.equal({
      container_spec_memory_limit_bytes: 100,
      container_spec_memory_reservation_limit_bytes: 50,
      container_spec_memory_swap_limit_bytes: 200,
      container_spec_cpu_quota: 25_000,
      container_spec_cpu_period: 50_000,
      container_spec_cpu_shares: 2,
      container_spec_pids_limit: 7,
    });
  });

  it('have a number of CPUs as a quota of the default period', () => {
    expect(specOf({ NanoCpus: 1_500_000_000 })).to.deep.equal({ ...unlimited, container_spec_cpu_quota: 150_000 });
  });

  it('are not shown of a container that was not inspected', () => {
    expect(specOf(undefined)).to.deep.equal({});
  });
});

describe('the engine and its host', () => {
  it('are described where /info was answered, and not at all elsewhere', () => {
    const info = { NCPU: 4, MemTotal: 8_000, ServerVersion: '29.0.0', CgroupVersion: '2' };
    const system = systemFacts(info, new Map());
    const host = /^(machine_|docker_engine_info)/;
    expect(read(snapshotOf({ system }), host)).to.deep.equal({
      machine_cpu_cores: 4,
      machine_memory_bytes: 8_000,
      docker_engine_info: 1,
    });
    expect(read(snapshotOf(), host)).to.deep.equal({});
  });

  it('have the labels of the engine in their order, empty where it does not say', () => {
    const system = systemFacts({ ServerVersion: '29.0.0', Driver: 'overlay2', CgroupDriver: 'systemd' }, new Map());
    const engine = engineFromHeaders({ 'api-version': '1.52' });
    for (const group of catalogue.filter(({ metrics }) => metrics.some(({ name }) => name === 'docker_engine_info'))) {
      group.read({ snapshot: snapshotOf({ system, engine }), build: testBuild }, (_, __, { attributes }) => {
        expect(Object.entries(attributes)).to.deep.equal([
          ['version', '29.0.0'],
          ['api_version', '1.52'],
          ['product', 'docker'],
          ['storage_driver', 'overlay2'],
          ['cgroup_version', ''],
          ['cgroup_driver', 'systemd'],
          ['os', ''],
          ['kernel', ''],
          ['architecture', ''],
        ]);
        expect(Object.keys(attributes)).to.deep.equal(group.labels);
      });
    }
  });
});
