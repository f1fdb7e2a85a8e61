import { expect } from 'chai';
import { engineFromHeaders, unknownEngine } from '../../lib/docker/engine.ts';

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

  it('knows nothing of an engine whose proxy hides the headers', () => {
    expect(engineFromHeaders({ 'content-type': 'text/plain' })).to.deep.equal(unknownEngine);
  });

  for (const version of ['', 'v1.41', '1.41.0', '1', '1.41, 1.41', 'latest']) {
    it(`takes the version "${version}" for none`, () => {
      expect(engineFromHeaders({ 'api-version': version })).to.deep.equal({ ...unknownEngine, product: 'docker' });
    });
  }
});
