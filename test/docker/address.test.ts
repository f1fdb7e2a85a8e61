import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { expect } from 'chai';
import { displayAddress, connectionTo } from '../../lib/docker/address.ts';
import { noTls } from './engine-server.ts';

const tls = { ...noTls, enabled: true };

describe('connectionTo', () => {
  it('finds a unix socket, with escaped characters in its path', () => {
    const { agent, ...route } = connectionTo({ host: 'unix:///run/user%20docker/docker.sock', tls: noTls });
    expect(route).to.deep.equal({
      socketPath: '/run/user docker/docker.sock',
      protocol: 'http',
      host: undefined,
      port: undefined,
    });
    expect(agent).to.be.instanceOf(HttpAgent);
  });

  for (const { host, settings, protocol, port } of [
    { host: 'tcp://engine', settings: noTls, protocol: 'http', port: '2375' },
    { host: 'tcp://engine', settings: tls, protocol: 'https', port: '2376' },
    { host: 'tcp://engine:4243', settings: tls, protocol: 'https', port: '4243' },
    { host: 'http://engine', settings: noTls, protocol: 'http', port: '80' },
    { host: 'http://engine:8080', settings: tls, protocol: 'http', port: '8080' },
    { host: 'https://engine', settings: noTls, protocol: 'https', port: '443' },
    { host: 'https://engine:8443/', settings: tls, protocol: 'https', port: '8443' },
  ]) {
    it(`dials ${protocol} on port ${port} for ${host} with TLS ${settings.enabled ? 'on' : 'off'}`, () => {
      const { agent, ...route } = connectionTo({ host, tls: settings });
      expect(route).to.deep.equal({ socketPath: undefined, protocol, host: 'engine', port });
      expect(agent instanceof HttpsAgent).to.equal(protocol === 'https');
    });
  }

  it('throws when a TLS file is not there', () => {
    const tlsWithoutFile = { ...tls, caFile: '/nowhere/ca.pem' };
    expect(() => connectionTo({ host: 'tcp://engine', tls: tlsWithoutFile })).to.throw('/nowhere/ca.pem');
  });
});

describe('displayAddress', () => {
  it('leaves out user name and password', () => {
    expect(displayAddress('ssh://ops:secret@engine:2222')).to.equal('ssh://engine:2222');
    expect(displayAddress('https://ops:secret@engine/')).to.equal('https://engine/');
    expect(displayAddress('ssh://ops@engine')).to.equal('ssh://engine');
    expect(displayAddress('https://:secret@engine/')).to.equal('https://engine/');
  });

  it('gives an address without credentials back as it was written', () => {
    for (const host of ['unix:///var/run/docker.sock', 'tcp://engine:2375', 'ssh://engine', 'TCP://Engine:2375']) {
      expect(displayAddress(host)).to.equal(host);
    }
  });
});
