import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { diskTypes } from '../../lib/docker/client.ts';
import { parseDiskUsage } from '../../lib/snapshot/disk-usage.ts';
import { fixtureFolder, recordedEngines } from '../support/golden.ts';

describe('what takes up the disk', () => {
  const images = [
    { Size: 30, SharedSize: 10, Containers: 2 },
    { Size: 25, SharedSize: 10, Containers: 0 },
    // Sizes that the engine did not reckon.
    { Size: 40, SharedSize: -1, Containers: 1 },
  ];
  const containers = [
    { Id: 'a', State: 'running', SizeRw: 7 },
    { Id: 'b', State: 'exited', SizeRw: 5 },
    { Id: 'c', State: 'restarting', SizeRw: 3 },
    { Id: 'd', State: 'created' },
    { Id: 'e', State: 'running', SizeRw: -1 },
  ];
  const volumes = [
    { Name: 'data', Driver: 'local', Labels: null, UsageData: { Size: 11, RefCount: 1 } },
    { Name: 'old', Driver: 'local', Labels: {}, UsageData: { Size: 13, RefCount: 0 } },
    { Name: 'remote', Driver: 'nfs', Labels: {}, UsageData: { Size: -1, RefCount: 0 } },
    { Name: 'untold', Driver: 'nfs', Labels: {}, UsageData: null },
  ];
  const buildCache = [
    { Size: 17, Shared: false, InUse: true },
    { Size: 19, Shared: false, InUse: false },
    { Size: 23, Shared: true, InUse: false },
  ];

  it('is added up as docker system df does, where the engine only lists', () => {
    const answer = { LayersSize: 55, Images: images, Containers: containers, Volumes: volumes, BuildCache: buildCache };
    const { space } = parseDiskUsage(answer, diskTypes);
    expect(Object.fromEntries(space)).to.deep.equal({
      image: { used: 55, reclaimable: 35 },
      container: { used: 15, reclaimable: 5 },
      volume: { used: 24, reclaimable: 13 },
      'build-cache': { used: 36, reclaimable: 19 },
    });
  });

  it('is what the engine adds up itself since API 1.52, which leaves out what is 0', () => {
    const answer = {
      ImageUsage: { TotalSize: 55, Reclaimable: 15, Items: images },
      ContainerUsage: { TotalSize: 15, Reclaimable: 5, Items: containers },
      VolumeUsage: { TotalSize: 24, Items: volumes },
      BuildCacheUsage: {},
    };
    const { space, writableLayers, volumes: sizes } = parseDiskUsage(answer, diskTypes);
    expect(Object.fromEntries(space)).to.deep.equal({
      image: { used: 55, reclaimable: 15 },
      container: { used: 15, reclaimable: 5 },
      volume: { used: 24, reclaimable: 0 },
      'build-cache': { used: 0, reclaimable: 0 },
    });
    expect(writableLayers.get('a')).to.equal(7);
    expect(sizes.map(({ name }) => name)).to.deep.equal(['data', 'old']);
  });

  it('is known of each container whose writable layer was measured, empty ones included', () => {
    const { writableLayers } = parseDiskUsage({ Containers: containers }, ['container']);
    expect([...writableLayers]).to.deep.equal([
      ['a', 7],
      ['b', 5],
      ['c', 3],
      ['d', 0],
    ]);
  });

  it('is known of volumes by name and project, anonymous ones added up', () => {
    const project = { 'com.docker.compose.project': 'shop' };
    const { volumes: sizes } = parseDiskUsage(
      {
        Volumes: [
          { Name: 'shop_data', Driver: 'local', Labels: project, UsageData: { Size: 1 } },
          { Name: 'a'.repeat(64), Driver: 'local', Labels: null, UsageData: { Size: 2 } },
          { Name: 'named', Driver: 'local', Labels: { 'com.docker.volume.anonymous': '' }, UsageData: { Size: 4 } },
          { Name: 'b'.repeat(64), Driver: 'local', Labels: project, UsageData: { Size: 8 } },
          { Name: 'c'.repeat(64), Driver: 'local', UsageData: { Size: -1 } },
        ],
      },
      ['volume'],
    );
    expect(sizes).to.deep.equal([
      { name: 'shop_data', driver: 'local', composeProject: 'shop', bytes: 1 },
      { name: '(anonymous)', driver: 'local', composeProject: '', bytes: 6 },
      { name: '(anonymous)', driver: 'local', composeProject: 'shop', bytes: 8 },
    ]);
  });

  it('says nothing of types that were not asked for', () => {
    const {
      space,
      volumes: sizes,
      writableLayers,
    } = parseDiskUsage({ BuildCache: null, Volumes: null }, ['build-cache']);
    expect([...space]).to.deep.equal([['build-cache', { used: 0, reclaimable: 0 }]]);
    expect(sizes).to.deep.equal([]);
    expect(writableLayers.size).to.equal(0);
  });

  it('is unknown of images where Podman 4 says 0', () => {
    const { space } = parseDiskUsage({ LayersSize: 0, Images: images }, ['image']);
    expect(space.get('image')).to.deep.equal({ used: undefined, reclaimable: undefined });
  });

  for (const answer of [undefined, null, [], 'text', 7]) {
    it(`is nothing that ${JSON.stringify(answer)} could say`, () => {
      expect(() => parseDiskUsage(answer, diskTypes)).to.throw('unexpected response shape');
    });
  }

  it('survives lists and sums of anything', () => {
    const odd = { Images: [null, 1], ContainerUsage: { TotalSize: '7', Items: {} }, Volumes: 'x', BuildCache: [[]] };
    const { space } = parseDiskUsage(odd, diskTypes);
    expect(space.get('container')).to.deep.equal({ used: undefined, reclaimable: 0 });
    expect(space.get('volume')).to.deep.equal({ used: 0, reclaimable: 0 });
  });

  it('is the same in both shapes of an answer that holds both', () => {
    for (const engine of recordedEngines) {
      const recorded = JSON.parse(readFileSync(`${fixtureFolder(engine)}/system-df.json`, 'utf8'));
      const old = Object.fromEntries(Object.entries(recorded).filter(([key]) => !key.endsWith('Usage')));
      expect(parseDiskUsage(recorded, diskTypes), engine).to.deep.equal(parseDiskUsage(old, diskTypes));
    }
  });
});
