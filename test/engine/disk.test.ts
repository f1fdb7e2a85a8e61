import { expect } from 'chai';
import type { Exposition } from '../support/exposition.ts';
import { eventually } from '../support/eventually.ts';
import { describeOnEngines, useAgent, useEngine } from './suite.ts';

const mebibyte = 1024 * 1024;

describeOnEngines('what is on the disk', function (version) {
  this.timeout(330_000);
  const engine = useEngine({ version });
  const agent = useAgent(engine, { args: ['--collection.collectors.disk'] });

  /**
   * A scrape whose disk figures are no older than that moment, in Unix seconds. On a busy machine a measurement takes
   * seconds, and a hundred times as long passes before the next.
   */
  const measuredSince = (time: number): Promise<Exposition> =>
    eventually(
      'the disk is measured',
      async () => {
        const metrics = await agent().metrics();
        return (metrics.value('docker_disk_collected_time_seconds') ?? 0) >= time && metrics;
      },
      { within: 300_000, every: 500 },
    );

  it('is measured: a volume, an anonymous one, a writable layer, and what a prune would free', async () => {
    const { runContainer, docker } = engine();
    await docker('volume', 'create', '--label', 'com.docker.compose.project=shop', 'shop_data');
    const write = (path: string, size: number): string => `dd if=/dev/zero of=${path} bs=1M count=${size}`;
    const script = [write('/data/file', 5), write('/anonymous/file', 3), write('/file', 7), 'sleep 1000'].join(' && ');
    await runContainer('writer', ['--volume', 'shop_data:/data', '--volume', '/anonymous'], 'sh', '-c', script);
    await runContainer('ended', [], 'sh', '-c', write('/file', 2));
    await docker('wait', 'ended');
    await eventually('all is written', async () => {
      const listed = await docker('exec', 'writer', 'du', '-s', '/data', '/anonymous', '/file');
      return listed.split('\n').filter((line) => Number.parseInt(line, 10) >= 3 * 1024).length === 3;
    });

    // A removal has it measured again, and soon.
    await docker('volume', 'create', 'trigger');
    const removedAt = Date.now() / 1_000;
    await docker('volume', 'rm', 'trigger');
    const metrics = await measuredSince(removedAt);
    const layer = (name: string): number =>
      metrics.value('container_fs_usage_bytes', { container_name: name }) ?? Number.NaN;
    // File systems take a few blocks of their own.
    const about = (value: number | undefined, mebibytes: number): void => {
      expect(value).to.be.within(mebibytes * mebibyte, (mebibytes + 0.2) * mebibyte);
    };
    const volume = (name: string, project: string): number | undefined =>
      metrics.value('docker_volume_size_bytes', { volume: name, driver: 'local', compose_project: project });
    about(volume('shop_data', 'shop'), 5);
    about(volume('(anonymous)', ''), 3);
    about(layer('writer'), 7);
    about(layer('ended'), 2);
    about(metrics.value('docker_disk_usage_bytes', { type: 'volumes' }), 8);
    about(metrics.value('docker_disk_usage_bytes', { type: 'containers' }), 9);
    about(metrics.value('docker_disk_reclaimable_bytes', { type: 'containers' }), 2);
    expect(metrics.value('docker_disk_usage_bytes', { type: 'images' })).to.be.above(mebibyte);
    expect(metrics.value('docker_disk_usage_bytes', { type: 'build_cache' })).to.equal(0);
  });

  it('is measured again after a prune, in at most 1 % of the time', async () => {
    const prunedAt = Date.now() / 1_000;
    await engine().docker('container', 'prune', '--force');
    const metrics = await measuredSince(prunedAt);
    expect(metrics.value('container_fs_usage_bytes', { container_name: 'ended' })).to.equal(undefined);
    expect(metrics.value('docker_disk_reclaimable_bytes', { type: 'containers' })).to.equal(0);
    expect(metrics.value('exporter_scrape_errors_total', { collector: 'disk' })).to.equal(0);
    const took = metrics.value('docker_disk_collection_seconds') ?? Number.NaN;
    const age = Date.now() / 1_000 - (metrics.value('docker_disk_collected_time_seconds') ?? 0);
    expect(took).to.be.above(0);
    expect(age).to.be.below(100 * took + 10);
  });

  it('is the same as docker system df says', async () => {
    const sizes = Object.fromEntries(
      (await engine().docker('system', 'df', '--format', '{{.Type}}={{.Size}}'))
        .split('\n')
        .map((line) => line.split('=')),
    );
    const metrics = await agent().metrics();
    const inWords = (type: string): string => {
      const bytes = metrics.value('docker_disk_usage_bytes', { type }) ?? Number.NaN;
      return bytes === 0 ? '0B' : `${Number((bytes / 1e6).toPrecision(4))}MB`;
    };
    expect(inWords('images')).to.equal(sizes['Images']);
    expect(inWords('containers')).to.equal(sizes['Containers']);
    expect(inWords('volumes')).to.equal(sizes['Local Volumes']);
  });
});
