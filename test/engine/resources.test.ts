import { expect } from 'chai';
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { DockerEngine } from '../support/docker-engine.ts';
import { eventually } from '../support/eventually.ts';
import { agreement } from './engine-view.ts';
import { describeOnEngines, useAgent, useEngine } from './suite.ts';

const mebibyte = 1024 * 1024;

describeOnEngines('what a container uses', function (version) {
  this.timeout(60_000);
  const engine = useEngine({ version });
  const agent = useAgent(engine);

  const scraped = async (metric: string, labels: Readonly<Record<string, string>>): Promise<number> =>
    (await agent().metrics()).value(metric, labels) ?? Number.NaN;

  it('counts the CPU time that was burnt, to the nanosecond of the kernel', async () => {
    const labels = { container_name: 'burner' };
    const id = await engine().runContainer('burner', [], 'sleep', '1000');
    const before = await scraped('container_cpu_usage_seconds_total', labels);
    // The shell's own limit ends the loop after two seconds of work, which the kernel reckons in clock ticks there.
    await engine().docker('exec', 'burner', 'sh', '-c', '(ulimit -t 2; while :; do :; done); true');
    await eventually('the figures of the kernel, the engine and the scrape are the same', async () => {
      const kernel = await engine().cgroup('cpuacct', id, 'cpuacct.usage');
      const after = await scraped('container_cpu_usage_seconds_total', labels);
      expect(after).to.equal(kernel / 1e9);
      expect(after - before).to.be.within(1.5, 2.5);
      return true;
    });
  });

  it('counts the periods in which the CPU limit held the container back', async () => {
    await engine().runContainer(
      'throttled',
      ['--cpus', '0.1'],
      'sh',
      '-c',
      '(ulimit -t 1; while :; do :; done); sleep 1000',
    );
    await eventually('it was throttled', async () => {
      const periods = await scraped('container_cpu_throttling_periods_total', { container_name: 'throttled' });
      return periods > 5;
    });
    const time = await scraped('container_cpu_throttled_seconds_total', { container_name: 'throttled' });
    expect(time).to.be.greaterThan(0.1);
  });

  it('shows the memory that is held', async () => {
    const labels = { container_name: 'holder' };
    await engine().runContainer('holder', [], 'sleep', '1000');
    const before = await agent().metrics();
    await engine().docker('exec', 'holder', 'dd', 'if=/dev/zero', 'of=/dev/shm/held', 'bs=1M', 'count=24');
    // dd fills a buffer of 32 MiB and then waits, because nobody reads.
    await engine().docker('exec', '--detach', 'holder', 'sh', '-c', 'dd if=/dev/zero bs=32M count=1 | sleep 1000');
    const growth = async (metric: string): Promise<number> =>
      (await scraped(metric, labels)) - (before.value(metric, labels) ?? Number.NaN);
    await eventually('the memory is there', async () => {
      expect(await growth('container_memory_cache_bytes')).to.be.within(24 * mebibyte, 25 * mebibyte);
      expect(await growth('container_memory_rss_bytes')).to.be.within(32 * mebibyte, 33 * mebibyte);
      expect(await growth('container_memory_usage_bytes')).to.be.within(56 * mebibyte, 60 * mebibyte);
      expect(await growth('container_memory_working_set_bytes')).to.be.within(56 * mebibyte, 60 * mebibyte);
      expect(await growth('container_pids_current')).to.equal(3);
      return true;
    });
  });

  it('shows the working set that docker stats prints', async () => {
    // File pages read once are inactive: they count as usage, and not as working set.
    await engine().runContainer('reader', [], 'sh', '-c', 'dd if=/dev/zero of=/file bs=1M count=16; sleep 1000');
    await eventually('both say the same', async () => {
      const [printed = ''] = (
        await engine().docker('stats', '--no-stream', '--format', '{{.MemUsage}}', 'reader')
      ).split(' / ');
      const scrape = await agent().metrics();
      const labels = { container_name: 'reader' };
      const workingSet = scrape.value('container_memory_working_set_bytes', labels) ?? Number.NaN;
      const usage = scrape.value('container_memory_usage_bytes', labels) ?? Number.NaN;
      expect(usage - workingSet).to.be.at.least(16 * mebibyte);
      expect(asDockerPrints(workingSet)).to.equal(printed);
      return true;
    });
  });

  it('counts the bytes that were written to and read from a disk', async () => {
    const device = diskOf(engine());
    const labels = { container_name: 'writer', device: device.number };
    // On cgroup v1 kernels count the I/O of a disk only once some limit is set on it.
    const limits = ['--device-write-bps', `${device.path}:100gb`, '--device-read-bps', `${device.path}:100gb`];
    await engine().runContainer('writer', [...limits, '--volume', '/disk'], 'sleep', '1000');
    const copy = (...args: readonly string[]): Promise<string> =>
      engine().docker('exec', 'writer', 'dd', 'bs=1M', ...args);
    // The first write makes the file, so that the ones that count touch nothing but its data.
    await copy('if=/dev/zero', 'of=/disk/file', 'count=16', 'oflag=direct', 'conv=fsync');
    await copy('if=/disk/file', 'of=/dev/null', 'count=1', 'iflag=direct');
    const before = await agent().metrics();
    await copy('if=/dev/zero', 'of=/disk/file', 'count=16', 'oflag=direct', 'conv=notrunc');
    await copy('if=/disk/file', 'of=/dev/null', 'count=8', 'iflag=direct');
    const after = await agent().metrics();
    const growth = (metric: string): number =>
      (after.value(metric, labels) ?? Number.NaN) - (before.value(metric, labels) ?? Number.NaN);
    expect(growth('container_fs_writes_bytes_total')).to.equal(16 * mebibyte);
    expect(growth('container_fs_reads_bytes_total')).to.equal(8 * mebibyte);
    expect(growth('container_fs_writes_total')).to.be.at.least(16);
    expect(growth('container_fs_reads_total')).to.be.at.least(8);
    expect(after.value('exporter_capability', { feature: 'fs_bytes' })).to.equal(1);
    expect(after.value('exporter_capability', { feature: 'fs_operations' })).to.equal(1);
  });

  it('counts the bytes that one container sent to another', async () => {
    const sent = 8 * mebibyte;
    await engine().docker('network', 'create', 'line');
    await engine().runContainer('receiver', ['--network', 'line'], 'nc', '-ll', '-p', '9000', '-e', 'wc', '-c');
    await engine().runContainer('sender', ['--network', 'line'], 'sleep', '1000');
    const address = await engine().docker(
      'inspect',
      '--format',
      '{{.NetworkSettings.Networks.line.IPAddress}}',
      'receiver',
    );
    const before = await agent().metrics();
    const send = `until dd if=/dev/zero bs=1M count=8 | nc ${address} 9000; do sleep 0.1; done`;
    expect(await engine().docker('exec', 'sender', 'sh', '-c', send)).to.equal(String(sent));
    const after = await agent().metrics();
    const growth = (metric: string, container: string): number => {
      const labels = { container_name: container, interface: 'eth0' };
      return (after.value(metric, labels) ?? Number.NaN) - (before.value(metric, labels) ?? Number.NaN);
    };
    expect(growth('container_network_transmit_bytes_total', 'sender')).to.be.within(sent, sent * 1.1);
    expect(growth('container_network_receive_bytes_total', 'receiver')).to.be.within(sent, sent * 1.1);
    expect(growth('container_network_receive_bytes_total', 'sender')).to.be.within(1, sent / 10);
    expect(growth('container_network_transmit_bytes_total', 'receiver')).to.be.within(1, sent / 10);
    expect(growth('container_network_transmit_packets_total', 'sender')).to.be.within(2, sent / 1000);
    expect(growth('container_network_receive_errors_total', 'receiver')).to.equal(0);
    expect(growth('container_network_transmit_dropped_total', 'sender')).to.equal(0);
  });

  it('agrees with the engine on all of it once the containers are at rest', async () => {
    await agreement(engine(), agent());
  });
});

/** As the docker command prints sizes: four digits, powers of 1024. */
function asDockerPrints(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let size = bytes;
  while (size >= 1024 && units.length > 1) {
    size /= 1024;
    units.shift();
  }
  return `${Number(size.toPrecision(4))}${units[0]}`;
}

/** The whole disk that holds the engine's volumes. */
function diskOf({ dataRoot }: DockerEngine): { readonly number: string; readonly path: string } {
  const { dev } = statSync(dataRoot);
  // As glibc packs them: major in bits 8 to 19, minor in the others.
  const node = `/sys/dev/block/${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`;
  const disk = existsSync(`${node}/partition`) ? `${node}/..` : node;
  const name = /^DEVNAME=(.+)$/m.exec(readFileSync(`${disk}/uevent`, 'utf8'))?.[1];
  return { number: readFileSync(`${disk}/dev`, 'utf8').trim(), path: `/dev/${name}` };
}
