import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { expect } from 'chai';
import type { EngineAddress } from '../../lib/docker/address.ts';
import { createDockerClient } from '../../lib/docker/client.ts';
import { type Authority, type Certificate, createAuthority } from '../support/certificates.ts';
import { type EngineServer, failureOf, listen, noTls, patient } from './engine-server.ts';

/** An engine that wants a client certificate signed by `authority`, where one is given. */
function serveTls({ certFile, keyFile }: Certificate, authority?: Authority): Promise<EngineServer> {
  const server = https.createServer(
    {
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
      ...(authority === undefined ? {} : { requestCert: true, ca: authority.ca }),
    },
    (_request, response) => response.end('{"Name":"engine"}'),
  );
  return listen(server);
}

describe('TLS to the engine', () => {
  let authority: Authority;
  let stranger: Authority;
  let engine: EngineServer;
  let elsewhere: EngineServer;
  let strict: EngineServer;
  let own: Certificate;
  let strangers: Certificate;

  before(async () => {
    [authority, stranger] = await Promise.all([createAuthority(), createAuthority()]);
    const certificate = await authority.issue('engine', 'IP:127.0.0.1');
    own = await authority.issue('exporter', 'DNS:exporter');
    strangers = await stranger.issue('exporter', 'DNS:exporter');
    engine = await serveTls(certificate);
    elsewhere = await serveTls(await authority.issue('elsewhere', 'DNS:elsewhere'));
    strict = await serveTls(certificate, authority);
  });
  after(async () => {
    for (const server of [engine, elsewhere, strict]) server.close();
    await Promise.all([authority.remove(), stranger.remove()]);
  });

  async function info(server: EngineServer, tls: Partial<EngineAddress['tls']>, scheme = 'tcp'): Promise<unknown> {
    const host = `${scheme}://127.0.0.1:${server.port}`;
    const client = await createDockerClient({ host, tls: { ...noTls, enabled: true, ...tls } }, '');
    try {
      return (await client.info(patient)).answer;
    } finally {
      client.close();
    }
  }

  for (const scheme of ['tcp', 'https']) {
    it(`trusts an engine whose certificate the given authority signed, at ${scheme}://`, async () => {
      expect(await info(engine, { caFile: authority.caFile }, scheme)).to.deep.equal({ Name: 'engine' });
    });
  }

  it('distrusts a certificate of another authority', async () => {
    const failure = await failureOf(info(engine, { caFile: stranger.caFile }));
    expect(failure).to.include({ kind: 'unreachable' });
    expect(failure.message).to.match(/^GET \/info: unable to verify the first certificate/);
  });

  it('distrusts the authority that the system does not know when none is given', async () => {
    expect(await failureOf(info(engine, {}))).to.include({ kind: 'unreachable' });
  });

  it('distrusts a certificate for another host', async () => {
    const failure = await failureOf(info(elsewhere, { caFile: authority.caFile }));
    expect(failure).to.include({ kind: 'unreachable' });
    expect(failure.message).to.contain("IP: 127.0.0.1 is not in the cert's list");
  });

  it('trusts anyone when it is told not to verify', async () => {
    for (const server of [engine, elsewhere]) {
      expect(await info(server, { verify: false })).to.deep.equal({ Name: 'engine' });
      expect(await info(server, { verify: false, caFile: stranger.caFile })).to.deep.equal({ Name: 'engine' });
    }
  });

  it('shows its own certificate to an engine that asks for it', async () => {
    const tls = { caFile: authority.caFile, ...own };
    expect(await info(strict, tls)).to.deep.equal({ Name: 'engine' });
  });

  it('fails when the engine wants a certificate and there is none, or one of another authority', async () => {
    const without = await failureOf(info(strict, { caFile: authority.caFile }));
    expect(without).to.include({ kind: 'unreachable', message: 'GET /info: TLS: tlsv13 alert certificate required' });
    const tls = { caFile: authority.caFile, ...strangers };
    expect(await failureOf(info(strict, tls))).to.include({ kind: 'unreachable' });
  });

  it('fails when only one side speaks TLS', async () => {
    const plain = await listen(http.createServer());
    const failure = await failureOf(info(plain, {}));
    plain.close();
    expect(failure).to.include({ kind: 'unreachable', message: 'GET /info: TLS: wrong version number' });
    expect(await failureOf(info(engine, { enabled: false }))).to.include({ kind: 'unreachable' });
  });
});
