import { expect } from 'chai';
import { EngineError } from '../../lib/docker/errors.ts';
import { healthFromStatus, neverInspected, parseInspection, unixSeconds } from '../../lib/inventory/inspection.ts';
import { keepAll } from '../support/snapshots.ts';

describe('parseInspection', () => {
  it('reads state, health, times, exit, image, network and limits', () => {
    const answer = {
      Name: '/web',
      Image: 'sha256:0123',
      RestartCount: 9,
      Created: '2026-11-22T08:26:50.5Z',
      Config: { Image: 'old:1', Labels: { tier: 'front', odd: 7 } },
      HostConfig: {
        NetworkMode: 'bridge',
        CgroupParent: '/jobs',
        Memory: 67_108_864,
        MemoryReservation: 33_554_432,
        MemorySwap: -1,
        NanoCpus: 500_000_000,
        CpuQuota: 0,
        CpuPeriod: 0,
        CpuShares: 512,
        PidsLimit: 100,
      },
      State: {
        Status: 'restarting',
        ExitCode: 1,
        OOMKilled: true,
        StartedAt: '2026-11-22T08:26:51.5Z',
        FinishedAt: '2026-11-22T08:26:52.5Z',
        Health: { Status: 'unhealthy', FailingStreak: 4 },
      },
    };
    expect(parseInspection(answer, (key) => key === 'tier')).to.deep.equal({
      name: 'web',
      labels: { tier: 'front' },
      state: 'restarting',
      health: 'unhealthy',
      healthFailingStreak: 4,
      cgroupParent: '/jobs',
      createdAt: Date.parse('2026-11-22T08:26:50Z') / 1000 + 0.5,
      startedAt: Date.parse('2026-11-22T08:26:51Z') / 1000 + 0.5,
      finishedAt: Date.parse('2026-11-22T08:26:52Z') / 1000 + 0.5,
      restartCount: 9,
      exitCode: 1,
      oomKilled: true,
      image: 'old:1',
      imageId: 'sha256:0123',
      networkMode: 'bridge',
      limits: {
        memory: 67_108_864,
        memoryReservation: 33_554_432,
        memorySwap: undefined,
        nanoCpus: 500_000_000,
        cpuQuota: undefined,
        cpuPeriod: undefined,
        cpuShares: 512,
        pids: 100,
      },
    });
  });

  it('knows no memory limit where none is set, which engines write as 0', () => {
    const { limits } = parseInspection(
      { HostConfig: { Memory: 0, MemorySwap: -1, PidsLimit: null }, State: {} },
      keepAll,
    );
    expect(Object.values(limits ?? {})).to.deep.equal(Array(8).fill(undefined));
  });

  it('knows no limits where the answer has no section of them', () => {
    expect(neverInspected.limits).to.equal(undefined);
  });

  for (const Health of [undefined, null, { Status: '' }, { Status: 'none' }, { Status: 7 }]) {
    it(`takes ${JSON.stringify(Health)} for no health check`, () => {
      expect(parseInspection({ State: { Health } }, keepAll).health).to.equal('none');
    });
  }

  for (const answer of [undefined, null, [], 'text', {}, { State: null }, { State: 'running' }]) {
    it(`refuses ${JSON.stringify(answer)}, which is no inspect answer`, () => {
      expect(() => parseInspection(answer, keepAll)).to.throw(EngineError, 'unexpected response shape');
    });
  }
});

describe('unixSeconds', () => {
  it('keeps the fraction below a millisecond', () => {
    expect(unixSeconds('1970-01-01T00:00:01.000000001Z')).to.equal(1.000000001);
  });

  it('takes a time zone into account', () => {
    expect(unixSeconds('1970-01-01T01:00:00+01:00')).to.equal(0);
  });

  for (const time of ['0001-01-01T00:00:00Z', '', 'yesterday', undefined, null, 5, '2026-13-45T99:99:99Z']) {
    it(`has no time for ${JSON.stringify(time)}`, () => {
      expect(unixSeconds(time)).to.equal(undefined);
    });
  }
});

describe('healthFromStatus', () => {
  for (const [Status, health] of [
    ['Up 3 hours (healthy)', 'healthy'],
    ['Up 3 hours (unhealthy)', 'unhealthy'],
    ['Up 2 seconds (health: starting)', 'starting'],
    ['Up 38 seconds (Paused)', 'none'],
    ['Exited (3) 4 minutes ago', 'none'],
  ] as const) {
    it(`reads "${Status}" as ${health}`, () => {
      expect(healthFromStatus(Status)).to.equal(health);
    });
  }
});
