import { expect } from 'chai';
import { clockFromDate, clockFromTime, engineFromHeaders, unknownEngine } from '../../lib/docker/engine.ts';

describe('engineFromHeaders', () => {
  it('sees a Docker Engine before 25 as ticking and able to give one-shot stats', () => {
    expect(engineFromHeaders({ 'api-version': '1.41', 'docker-experimental': 'false', ostype: 'linux' })).to.deep.equal(
      {
        product: 'docker',
        apiVersion: '1.41',
        sampledStats: true,
        oneShotStats: true,
      },
    );
  });

  it('sees Podman as answering at once, although it announces the same API version', () => {
    expect(engineFromHeaders({ 'api-version': '1.41', 'libpod-api-version': '4.3.1' })).to.deep.equal({
      product: 'podman',
      apiVersion: '1.41',
      sampledStats: false,
      oneShotStats: true,
    });
  });

  for (const { version, sampledStats, oneShotStats } of [
    { version: '1.9', sampledStats: true, oneShotStats: false },
    { version: '1.40', sampledStats: true, oneShotStats: false },
    { version: '1.43', sampledStats: true, oneShotStats: true },
    { version: '1.44', sampledStats: false, oneShotStats: true },
    { version: '1.100', sampledStats: false, oneShotStats: true },
    { version: '2.0', sampledStats: false, oneShotStats: true },
  ]) {
    it(`sees Docker's API ${version} as ${sampledStats ? 'ticking' : 'answering at once'}`, () => {
      expect(engineFromHeaders({ 'api-version': version })).to.include({ sampledStats, oneShotStats });
    });
  }

  for (const { announced, pinned, sampledStats, oneShotStats } of [
    { announced: '1.52', pinned: '1.40', sampledStats: true, oneShotStats: false },
    { announced: '1.52', pinned: 'v1.41', sampledStats: false, oneShotStats: true },
    { announced: '1.41', pinned: '1.40', sampledStats: true, oneShotStats: false },
    { announced: '1.43', pinned: '1.43', sampledStats: true, oneShotStats: true },
  ]) {
    it(`goes by the version ${pinned} in which Docker's API ${announced} is asked`, () => {
      const engine = engineFromHeaders({ 'api-version': announced }, pinned);
      expect(engine).to.include({ apiVersion: announced, sampledStats, oneShotStats });
    });
  }

  it('knows nothing of an engine whose proxy hides the headers', () => {
    expect(engineFromHeaders({ 'content-type': 'text/plain' })).to.deep.equal(unknownEngine);
  });

  for (const version of ['', 'v1.41', '1.41.0', '1', '1.41, 1.41', 'latest']) {
    it(`takes the version "${version}" for none`, () => {
      expect(engineFromHeaders({ 'api-version': version })).to.deep.equal({ ...unknownEngine, product: 'docker' });
    });
  }
});

describe('the clock of the engine', () => {
  it('is read from its time with all nanoseconds, in any zone', () => {
    expect(clockFromTime('2026-11-22T08:26:55.046239685Z')).to.equal('1795336015.046239685');
    expect(clockFromTime('2026-11-22T10:26:55+02:00')).to.equal('1795336015');
  });

  it('is read in whole seconds from a Date header', () => {
    expect(clockFromDate({ date: 'Sun, 22 Nov 2026 08:26:55 GMT' })).to.equal('1795336015');
  });

  it('is unknown where there is no time, or one that no engine has', () => {
    const broken = ['', '2026-11-22', '2026-11-22T08:26:55', ' 2026-11-22T08:26:55Z', '2026-11-22T08:26:55Z ', 5];
    for (const time of [...broken, '0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '2026-13-22T08:26:55Z']) {
      expect(clockFromTime(time), String(time)).to.equal(undefined);
    }
    for (const date of [undefined, 'soon', 'Thu, 01 Jan 1970 00:00:00 GMT']) {
      expect(clockFromDate(date === undefined ? {} : { date }), String(date)).to.equal(undefined);
    }
  });
});
