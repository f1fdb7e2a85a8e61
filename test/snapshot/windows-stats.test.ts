import { expect } from 'chai';
import { parseStats } from '../../lib/snapshot/stats.ts';

/** As the Engine API documents an answer of a Windows daemon. */
const answer = {
  read: '2026-01-01T00:00:00Z',
  num_procs: 4,
  cpu_stats: {
    cpu_usage: { total_usage: 30_000_000, usage_in_kernelmode: 10_000_000, usage_in_usermode: 20_000_000 },
    throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
  },
  memory_stats: { commitbytes: 77_000_000, commitpeakbytes: 99_000_000, privateworkingset: 55_000_000 },
  storage_stats: {
    read_count_normalized: 1,
    read_size_bytes: 7_593_984,
    write_count_normalized: 2,
    write_size_bytes: 5_500_000,
  },
  networks: { '3b7f': { rx_bytes: 7, tx_bytes: 8 } },
};

describe('the figures of a Windows container', () => {
  it('are CPU time in units of 100 ns, committed and private memory, and bytes of storage', () => {
    const facts = parseStats(answer);
    expect(facts).to.include({
      cpuUsage: 3,
      cpuSystem: 1,
      cpuUser: 2,
      cpuPeriods: undefined,
      cpuThrottledTime: undefined,
      memoryUsage: 77_000_000,
      memoryMaxUsage: 99_000_000,
      memoryWorkingSet: 55_000_000,
      memoryLimit: undefined,
      memoryCache: undefined,
      pids: undefined,
    });
    expect(facts?.devices).to.deep.equal([
      { name: 'storage', readBytes: 7_593_984, writeBytes: 5_500_000, reads: undefined, writes: undefined },
    ]);
    expect(facts?.capabilities).to.deep.equal(['cpu', 'fs_bytes', 'network']);
  });

  it('are in its units where its memory is not told', () => {
    expect(parseStats({ ...answer, memory_stats: {} })).to.include({ cpuUsage: 3, memoryUsage: undefined });
  });

  it('have no storage where the answer has none', () => {
    expect(parseStats({ ...answer, storage_stats: {} })?.devices).to.deep.equal([]);
  });
});
