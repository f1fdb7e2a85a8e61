import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { connectEngine } from '../../lib/agent.ts';
import { loadSettings } from '../../lib/config/settings.ts';
import { diagnose } from '../../lib/doctor/doctor.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type Authority, createAuthority } from '../support/certificates.ts';

describe('the doctor at an engine that speaks TLS', function () {
  this.timeout(30_000);
  let authority: Authority;
  let stranger: Authority;
  let strict: Simulator;
  let elsewhere: Simulator;
  let plain: Simulator;

  before(async () => {
    [authority, stranger] = await Promise.all([createAuthority(), createAuthority()]);
    const serve = async (name: string, alternative: string, requestCert: boolean): Promise<Simulator> => {
      const { certFile, keyFile } = await authority.issue(name, alternative);
      const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile), ca: authority.ca, requestCert };
      return startSimulator({ tls });
    };
    strict = await serve('engine', 'IP:127.0.0.1', true);
    elsewhere = await serve('elsewhere', 'DNS:elsewhere', false);
    plain = await startSimulator();
  });
  after(async () => {
    await Promise.all([strict.stop(), elsewhere.stop(), plain.stop(), authority.remove(), stranger.remove()]);
  });

  const adviceAt = async ({ host }: Simulator, ...args: readonly string[]): Promise<string> => {
    const { findings, exitCode } = await diagnose(
      loadSettings({ args: ['--docker.host', host, ...args], env: {} }),
      connectEngine,
    );
    expect(exitCode).to.equal(1);
    return findings.flatMap(({ advice = [] }) => advice).join('\n');
  };
  const trusting = ({ caFile }: Authority): string[] => ['--docker.tls.enabled', '--docker.tls.ca_cert', caFile];

  it('asks for a client certificate where the engine does', async () => {
    expect(await adviceAt(strict, ...trusting(authority))).to.contain('docker.tls.cert');
  });

  it('asks for the authority that is not known', async () => {
    expect(await adviceAt(strict, ...trusting(stranger))).to.contain(
      `not signed by the authority in ${stranger.caFile}`,
    );
    expect(await adviceAt(strict, '--docker.tls.enabled')).to.contain('docker.tls.ca_cert');
  });

  it('says that the certificate is for another name', async () => {
    expect(await adviceAt(elsewhere, ...trusting(authority))).to.contain('for other names');
  });

  it('notices TLS on one side only', async () => {
    expect(await adviceAt(strict)).to.contain('DOCKER_TLS_VERIFY=1');
    expect(await adviceAt(plain, '--docker.tls.enabled')).to.contain('does not speak TLS');
  });

  it('finds nothing wrong once all is given', async () => {
    const { certFile, keyFile } = await authority.issue('exporter', 'DNS:exporter');
    const given = ['--docker.tls.cert', certFile, '--docker.tls.key', keyFile];
    const loaded = loadSettings({ args: ['--docker.host', strict.host, ...trusting(authority), ...given], env: {} });
    expect((await diagnose(loaded, connectEngine)).exitCode).to.equal(0);
  });
});
