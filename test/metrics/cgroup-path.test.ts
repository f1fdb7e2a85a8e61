import { expect } from 'chai';
import { cgroupPath } from '../../lib/metrics/cgroup-path.ts';
import { engineFromHeaders } from '../../lib/docker/engine.ts';
import { systemFacts } from '../../lib/snapshot/system.ts';
import { snapshotOf } from '../support/snapshots.ts';

describe("the path of a container's cgroup", () => {
  const paths: readonly (readonly [driver: string | undefined, parent: string | undefined, path: string])[] = [
    ['cgroupfs', undefined, '/docker/ID'],
    [undefined, undefined, '/docker/ID'],
    ['cgroupfs', '/jobs/ci/', '/jobs/ci/ID'],
    ['cgroupfs', 'jobs', '/jobs/ID'],
    ['systemd', undefined, '/system.slice/docker-ID.scope'],
    ['systemd', 'ci.slice', '/ci.slice/docker-ID.scope'],
    ['systemd', 'ci-big.slice', '/ci.slice/ci-big.slice/docker-ID.scope'],
  ];
  for (const [driver, cgroupParent, path] of paths) {
    it(`is ${path} with ${driver ?? 'an unknown driver'} and ${cgroupParent ?? 'no'} parent`, () => {
      const system = systemFacts({ ...(driver && { CgroupDriver: driver }) }, new Map());
      expect(cgroupPath({ id: 'ID', cgroupParent }, snapshotOf({ system }))).to.equal(path);
    });
  }

  it('is named after libpod with Podman', () => {
    const engine = engineFromHeaders({ 'libpod-api-version': '5.0.0', 'api-version': '1.41' });
    const pathWith = (CgroupDriver: string): string =>
      cgroupPath(
        { id: 'ID', cgroupParent: undefined },
        snapshotOf({ engine, system: systemFacts({ CgroupDriver }, new Map()) }),
      );
    expect(pathWith('systemd')).to.equal('/machine.slice/libpod-ID.scope');
    expect(pathWith('cgroupfs')).to.equal('/libpod_parent/libpod-ID');
  });
});
