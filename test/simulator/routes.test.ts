import { expect } from 'chai';
import { isOlder, route, switchedOn } from './routes.ts';

describe('routes', () => {
  it('knows every endpoint with and without a version', () => {
    const paths = {
      '/_ping': 'ping',
      '/version': 'version',
      '/info': 'info',
      '/containers/json': 'list',
      '/images/json': 'images',
      '/volumes': 'volumes',
      '/networks': 'networks',
      '/events': 'events',
      '/containers/web/json': 'inspect',
      '/containers/web/stats': 'stats',
    };
    for (const [path, endpoint] of Object.entries(paths)) {
      expect(route('GET', `${path}?a=b`)).to.deep.include({ endpoint, version: undefined });
      expect(route('GET', `/v1.41${path}`)).to.deep.include({ endpoint, version: '1.41' });
    }
  });

  it('reads the container and the query', () => {
    const { container, query } = route('GET', '/v1.41/containers/shop-web-1/stats?stream=false&one-shot=true');
    expect(container).to.equal('shop-web-1');
    expect(Object.fromEntries(query)).to.deep.equal({ stream: 'false', 'one-shot': 'true' });
  });

  it('knows HEAD for a ping only, and no method that changes anything', () => {
    expect(route('HEAD', '/_ping').endpoint).to.equal('ping');
    expect(route('HEAD', '/info').endpoint).to.equal('unknown');
    expect(route('POST', '/containers/json').endpoint).to.equal('unknown');
    expect(route('DELETE', '/containers/web/json').endpoint).to.equal('unknown');
    expect(route('GET', '/containers/web/logs').endpoint).to.equal('unknown');
  });

  it('reads switches as the engine does', () => {
    expect(['1', 'true', 'True', 'yes'].map((value) => switchedOn(value, false))).to.not.include(false);
    expect(['', '0', 'no', 'false', 'None'].map((value) => switchedOn(value, true))).to.not.include(true);
    expect(switchedOn(null, true)).to.equal(true);
  });

  it('compares API versions by number', () => {
    expect(isOlder('1.9', '1.41')).to.equal(true);
    expect(isOlder('1.41', '1.41')).to.equal(false);
    expect(isOlder('2.0', '1.47')).to.equal(false);
  });
});
