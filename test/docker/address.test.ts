import { expect } from 'chai';
import { connectionsTo, displayAddress, originOf } from '../../lib/docker/address.ts';
import { noTls } from './engine-server.ts';

const tls = { ...noTls, enabled: true };

describe('originOf', () => {
  for (const { host, settings, origin } of [
    { host: 'tcp://engine', settings: noTls, origin: 'http://engine:2375' },
    { host: 'tcp://engine', settings: tls, origin: 'https://engine:2376' },
    { host: 'tcp://engine:4243', settings: tls, origin: 'https://engine:4243' },
    { host: 'tcp://[::1]:4243', settings: noTls, origin: 'http://[::1]:4243' },
    { host: 'http://engine', settings: noTls, origin: 'http://engine' },
    { host: 'http://engine:8080', settings: tls, origin: 'http://engine:8080' },
    { host: 'https://engine', settings: noTls, origin: 'https://engine' },
    { host: 'https://engine:8443/', settings: tls, origin: 'https://engine:8443' },
  ]) {
    it(`is ${origin} for ${host} with TLS ${settings.enabled ? 'on' : 'off'}`, () => {
      expect(originOf(new URL(host), { host, tls: settings })).to.equal(origin);
    });
  }
});

describe('connectionsTo', () => {
  it('throws when a TLS file is not there', () => {
    const tlsWithoutFile = { ...tls, caFile: '/nowhere/ca.pem' };
    expect(() => connectionsTo({ host: 'tcp://engine', tls: tlsWithoutFile })).to.throw('/nowhere/ca.pem');
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
