import { expect } from 'chai';
import { EngineError } from '../../lib/docker/errors.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';

const read = '2026-11-22T08:26:55.046239685Z';

describe('parseStats', () => {
  it('says "not running" for an empty body, an empty object and a read time of year 1', () => {
    expect(parseStats(undefined)).to.equal(undefined);
    expect(parseStats({})).to.equal(undefined);
    expect(parseStats({ read: '0001-01-01T00:00:00Z', cpu_stats: { cpu_usage: { total_usage: 0 } } })).to.equal(
      undefined,
    );
  });

  for (const answer of [null, [], 'text', 42, true, { message: 'page not found' }, { read: 5 }]) {
    it(`refuses ${JSON.stringify(answer)}, which is no stats answer`, () => {
      expect(() => parseStats(answer)).to.throw(EngineError, 'unexpected response shape');
    });
  }

  it('prefers the subtree keys of cgroup v1 over those of the cgroup itself', () => {
    const stats = {
      total_cache: 10,
      cache: 1,
      total_rss: 20,
      rss: 2,
      total_swap: 30,
      swap: 3,
      total_inactive_file: 4,
      inactive_file: 1,
    };
    expect(parseStats({ read, memory_stats: { usage: 100, limit: 200, failcnt: 7, stats } })).to.include({
      memoryUsage: 100,
      memoryLimit: 200,
      memoryCache: 10,
      memoryRss: 20,
      memorySwap: 30,
      memoryWorkingSet: 96,
      memoryFailcnt: 7,
    });
  });

  it('reads CPU periods, and page faults under the keys of both cgroup versions', () => {
    const cpu_stats = { throttling_data: { periods: 12, throttled_periods: 3 } };
    expect(
      parseStats({ read, cpu_stats, memory_stats: { stats: { total_pgfault: 9, pgfault: 1, pgmajfault: 2 } } }),
    ).to.include({ cpuPeriods: 12, cpuThrottledPeriods: 3, pageFaults: 9, majorPageFaults: 2 });
  });

  it('has no CPU time, memory or processes where all of them are zero, as nobody measured them', () => {
    const facts = parseStats({
      read,
      pids_stats: { current: 0 },
      cpu_stats: {
        cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
        throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
      },
      memory_stats: { usage: 0 },
    });
    const unmeasured = ['cpuUsage', 'cpuSystem', 'cpuUser', 'cpuPeriods', 'cpuThrottledTime', 'memoryUsage', 'pids'];
    expect(facts).to.include(Object.fromEntries(unmeasured.map((key) => [key, undefined])));
    expect(facts).to.include({ memoryWorkingSet: undefined, memorySwap: 0, memoryFailcnt: 0 });
    expect(facts?.capabilities).to.deep.equal([]);
  });

  it('falls back to the plain keys of cgroup v1', () => {
    const stats = { cache: 1, rss: 2, swap: 3, inactive_file: 5 };
    expect(parseStats({ read, memory_stats: { usage: 100, stats } })).to.include({
      memoryCache: 1,
      memoryRss: 2,
      memorySwap: 3,
      memoryWorkingSet: 95,
    });
  });

  it('reads the keys of cgroup v2', () => {
    const stats = { anon: 11, file: 22, inactive_file: 8 };
    expect(parseStats({ read, memory_stats: { usage: 50, stats } })).to.include({
      memoryCache: 22,
      memoryRss: 11,
      memorySwap: 0,
      memoryWorkingSet: 42,
      memoryFailcnt: 0,
    });
  });

  it('has no cache and no rss where the engine reports none, as Podman', () => {
    expect(parseStats({ read, memory_stats: { usage: 50, limit: 60 } })).to.include({
      memoryCache: undefined,
      memoryRss: undefined,
      memorySwap: 0,
      memoryWorkingSet: 50,
    });
  });

  for (const [inactive, expected] of [
    [99, 1],
    [100, 100],
    [101, 100],
  ]) {
    it(`takes ${inactive} inactive bytes off a usage of 100 only while they are less: ${expected}`, () => {
      const facts = parseStats({ read, memory_stats: { usage: 100, stats: { inactive_file: inactive } } });
      expect(facts?.memoryWorkingSet).to.equal(expected);
    });
  }

  it('turns nanoseconds into the nearest double of seconds', () => {
    const cpu_usage = { total_usage: 2319449668, usage_in_kernelmode: 820000000, usage_in_usermode: 1490000001 };
    const throttling_data = { periods: 408, throttled_periods: 12, throttled_time: 299165308 };
    expect(parseStats({ read, cpu_stats: { cpu_usage, throttling_data } })).to.include({
      cpuUsage: 2.319449668,
      cpuSystem: 0.82,
      cpuUser: 1.490000001,
      cpuThrottledPeriods: 12,
      cpuThrottledTime: 0.299165308,
    });
  });

  it('adds up the entries of one device and operation, in any letter case, and leaves incomplete and other ones out', () => {
    const entry = (minor: number, op: string, value: number): object => ({ major: 8, minor, op, value });
    const facts = parseStats({
      read,
      blkio_stats: {
        io_service_bytes_recursive: [
          entry(0, 'Read', 100),
          entry(0, 'read', 1),
          entry(0, 'WRITE', 50),
          entry(0, 'Sync', 151),
          entry(0, 'Total', 151),
          entry(16, 'write', 7),
        ],
        io_serviced_recursive: [
          { major: 8, op: 'Read', value: 1 },
          { major: 8, minor: 0, op: 'Read' },
          entry(0, 'Read', 3),
          entry(0, 'Write', 4),
          entry(0, 'Discard', 9),
        ],
      },
    });
    expect(facts?.devices).to.deep.equal([
      { name: '8:0', readBytes: 101, writeBytes: 50, reads: 3, writes: 4 },
      { name: '8:16', readBytes: undefined, writeBytes: 7, reads: undefined, writes: undefined },
    ]);
  });

  it('reads every counter of every interface', () => {
    const counters = {
      rx_bytes: 1,
      rx_packets: 2,
      rx_errors: 3,
      rx_dropped: 4,
      tx_bytes: 5,
      tx_packets: 6,
      tx_errors: 7,
      tx_dropped: 8,
    };
    expect(parseStats({ read, networks: { eth0: counters, eth1: {} } })?.interfaces).to.deep.equal([
      {
        name: 'eth0',
        receiveBytes: 1,
        receivePackets: 2,
        receiveErrors: 3,
        receiveDropped: 4,
        transmitBytes: 5,
        transmitPackets: 6,
        transmitErrors: 7,
        transmitDropped: 8,
      },
      {
        name: 'eth1',
        receiveBytes: undefined,
        receivePackets: undefined,
        receiveErrors: undefined,
        receiveDropped: undefined,
        transmitBytes: undefined,
        transmitPackets: undefined,
        transmitErrors: undefined,
        transmitDropped: undefined,
      },
    ]);
  });

  it('has no figure where the engine sends another type', () => {
    const facts = parseStats({
      read,
      memory_stats: 'full',
      cpu_stats: { cpu_usage: { total_usage: '12' }, throttling_data: [] },
      pids_stats: 3,
      networks: { eth0: null },
      blkio_stats: { io_service_bytes_recursive: 'none', io_serviced_recursive: [null, 4] },
    });
    expect(facts).to.include({ memoryUsage: undefined, cpuUsage: undefined, pids: undefined });
    expect(facts?.devices).to.deep.equal([]);
    expect(facts?.interfaces[0]?.receiveBytes).to.equal(undefined);
  });

  it('has neither interfaces nor devices where the engine reports none', () => {
    expect(parseStats({ read })).to.deep.include({ interfaces: [], devices: [] });
  });

  it('is capable of swap where the kernel counts it', () => {
    expect(parseStats({ read, memory_stats: { stats: { swap: 0 } } })?.capabilities).to.deep.equal(['memory_swap']);
  });

  it('tells an empty list of operations from none', () => {
    const blkio_stats = { io_service_bytes_recursive: [], io_serviced_recursive: null };
    expect(parseStats({ read, blkio_stats })?.capabilities).to.deep.equal(['fs_bytes']);
  });
});
