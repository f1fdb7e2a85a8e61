import { copyFileSync, symlinkSync, writeFileSync, mkdirSync, renameSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { type ConnectionOptions, type PeerCertificate, connect } from 'node:tls';
import { expect } from 'chai';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type TestAgent, startTestAgent } from '../support/agent.ts';
import { type Authority, type Certificate, createAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { readFileSync } from 'node:fs';

interface TlsAnswer {
  readonly status: number;
  readonly protocol: string | null;
  readonly peer: PeerCertificate;
}

/** One scrape over a connection of its own. */
function scrape(port: number, options: ConnectionOptions): Promise<TlsAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...options });
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', reject);
    socket.on('secureConnect', () => socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'));
    const [protocol, peer] = [() => socket.getProtocol(), () => socket.getPeerCertificate()];
    let seen: Omit<TlsAnswer, 'status'> | undefined;
    socket.once('data', () => (seen = { protocol: protocol(), peer: peer() }));
    socket.on('close', () => {
      const [, status] = /^HTTP\/1\.1 (\d+)/.exec(text) ?? [];
      if (status === undefined || seen === undefined) reject(new Error('closed without an answer'));
      else resolve({ status: Number(status), ...seen });
    });
  });
}

describe('the agent over TLS', () => {
  let authority: Authority;
  let first: Certificate;
  let engine: Simulator;
  let agent: TestAgent | undefined;

  before(async () => {
    authority = await createAuthority();
    first = await authority.issue('first');
    engine = await startSimulator({ containers: 5 });
  });
  after(async () => {
    await engine.stop();
    await authority.remove();
  });
  afterEach(async () => {
    await agent?.stop();
    agent = undefined;
  });

  const start = async (files: Certificate, ...args: string[]): Promise<number> => {
    agent = await startTestAgent([
      '--docker.host',
      engine.host,
      '--server.tls.enabled',
      '--server.tls.cert_file',
      files.certFile,
      '--server.tls.key_file',
      files.keyFile,
      ...args,
    ]);
    return agent.port;
  };

  it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
    const port = await start(first);
    const { ca } = authority;
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const answer = await scrape(port, { ca, minVersion: version, maxVersion: version });
      expect(answer).to.include({ status: 200, protocol: version });
    }
    const old = scrape(port, { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    expect(await old.catch((error: Error) => error.message)).to.match(/protocol version|alert|unsupported/i);
  });

  it('refuses TLS 1.2 where 1.3 is the oldest allowed', async () => {
    const port = await start(first, '--server.tls.min_version', '1.3');
    const { ca } = authority;
    expect((await scrape(port, { ca })).protocol).to.equal('TLSv1.3');
    const old = await scrape(port, { ca, maxVersion: 'TLSv1.2' }).catch((error: Error) => error.message);
    expect(old).to.match(/protocol version/);
  });

  it('lets in only clients with a certificate of the authority, where one is set', async () => {
    const port = await start(first, '--server.tls.client_ca_file', authority.caFile);
    const { ca } = authority;
    const ours = await authority.issue('client');
    const stranger = await createAuthority('Another CA');
    const theirs = await stranger.issue('client');
    const pair = ({ certFile, keyFile }: Certificate) => ({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      expect((await scrape(port, { ca, maxVersion, ...pair(ours) })).status).to.equal(200);
      for (const bad of [{}, pair(theirs)]) {
        const refused = await scrape(port, { ca, maxVersion, ...bad }).catch((error: Error) => error);
        expect(refused).to.be.instanceOf(Error);
      }
    }
    await stranger.remove();
  });

  it('takes a new certificate without a failed scrape, by the links that Kubernetes makes', async () => {
    const folder = join(authority.folder, 'secret');
    const files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
    const place = ({ certFile, keyFile }: Certificate, version: string): void => {
      mkdirSync(join(folder, version), { recursive: true });
      copyFileSync(certFile, join(folder, version, 'tls.crt'));
      copyFileSync(keyFile, join(folder, version, 'tls.key'));
      symlinkSync(version, join(folder, '..tmp'));
      renameSync(join(folder, '..tmp'), join(folder, '..data'));
    };
    place(first, '..1');
    symlinkSync(join('..data', 'tls.crt'), files.certFile);
    symlinkSync(join('..data', 'tls.key'), files.keyFile);
    const port = await start(files);
    const { ca } = authority;

    const names: string[] = [];
    const failures: unknown[] = [];
    const stopped = new AbortController();
    const keptOpen = new Agent({ keepAlive: true, maxSockets: 2, ca, servername: 'localhost' });
    const client = async (): Promise<void> => {
      while (!stopped.signal.aborted) {
        await scrape(port, { ca }).then(
          ({ peer }) => names.push(String(peer.subject.CN)),
          (error: unknown) => failures.push(error),
        );
      }
    };
    const keeper = async (): Promise<void> => {
      while (!stopped.signal.aborted) {
        await new Promise<void>((resolve) => {
          const sent = request({ port, host: '127.0.0.1', path: '/metrics', agent: keptOpen }, (response) => {
            response.resume().once('end', resolve);
          });
          sent.once('error', (error) => {
            failures.push(error);
            resolve();
          });
          sent.end();
        });
      }
    };
    const clients = [client(), client(), client(), keeper()];
    await eventually('scrapes with the first certificate', () => names.includes('first'));
    place(await authority.issue('second'), '..2');
    await eventually('scrapes with the second certificate', () => names.includes('second'));
    const count = names.length;
    await eventually('more of them', () => names.length > count + 10);
    stopped.abort();
    await Promise.all(clients);
    keptOpen.destroy();
    expect(failures).to.deep.equal([]);
    expect(new Set(names.slice(names.indexOf('second') + 3))).to.deep.equal(new Set(['second']));
    expect(agent?.log.filter(({ message }) => message === 'certificate renewed')).to.have.length(1);
  });

  it('keeps the old certificate while the new one is half-written, and says so once', async () => {
    const files = { certFile: join(authority.folder, 'live.pem'), keyFile: join(authority.folder, 'live.key') };
    copyFileSync(first.certFile, files.certFile);
    copyFileSync(first.keyFile, files.keyFile);
    const port = await start(files);
    const { ca } = authority;
    const third = await authority.issue('third');
    const refusals = (): readonly unknown[] =>
      agent?.log.filter(({ message }) => message.startsWith('invalid certificate')) ?? [];
    writeFileSync(files.certFile, readFileSync(third.certFile));
    await eventually('a refusal', () => refusals().length > 0);
    expect((await scrape(port, { ca })).peer.subject.CN).to.equal('first');
    agent?.reload();
    expect(refusals()).to.have.length(1);
    copyFileSync(third.keyFile, files.keyFile);
    await eventually('the new one', async () => (await scrape(port, { ca })).peer.subject.CN === 'third');
    expect(JSON.stringify(agent?.log)).to.not.include('PRIVATE KEY');
  });

  it('does not start with a key that is another certificate’s', async () => {
    const other = await authority.issue('other');
    const failed = await start({ ...first, keyFile: other.keyFile }).catch((error: Error) => error.message);
    expect(failed).to.match(/first\.pem and .*other\.key are not a certificate and its key/);
  });
});
