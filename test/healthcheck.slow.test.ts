import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { checkHealth } from '../lib/healthcheck.ts';
import { createAuthority } from './docker/certificates.ts';
import { type AgentProcess, startAgent } from './support/agent-process.ts';
import { run } from './support/process.ts';

const program = fileURLToPath(new URL('../lib/main.ts', import.meta.url));
const launcher = fileURLToPath(new URL('../lib/launcher.ts', import.meta.url));

describe('the health check', function () {
  this.timeout(120_000);
  let authority: Awaited<ReturnType<typeof createAuthority>>;
  let tls: readonly string[];

  before('there is a certificate, for another address', async () => {
    authority = await createAuthority();
    const { cert, key } = await authority.issue('elsewhere', 'DNS:elsewhere');
    tls = ['--server.tls.enabled', '--server.tls.cert_file', cert, '--server.tls.key_file', key];
  });
  after('it is removed', () => authority.remove());

  const start = (args: readonly string[]): Promise<AgentProcess> =>
    startAgent({
      args: ['--docker.host', 'unix:///nowhere.sock', ...args],
      command: [process.execPath, '--disable-sigusr1', program],
    });

  const cases: Readonly<Record<string, () => readonly string[]>> = {
    'on any port': () => [],
    'on every address': () => ['--server.address', '0.0.0.0'],
    'on every address of IPv6': () => ['--server.address', '::'],
    'on one address of its own': () => ['--server.address', '127.0.0.9'],
    'on one address of IPv6': () => ['--server.address', '::1'],
    'with another health path': () => ['--server.health_path', '/alive'],
    'with a password on all else': () => [
      '--server.auth.enabled',
      '--server.auth.username=a',
      '--server.auth.password=b',
    ],
    'with TLS': () => tls,
    'with certificates of clients, TLS 1.2': () => [...tls, '--server.tls.client_ca_file', authority.cert],
    'with certificates of clients, TLS 1.3': () => [
      ...tls,
      '--server.tls.client_ca_file',
      authority.cert,
      '--server.tls.min_version',
      '1.3',
    ],
    'with a port for probes': () => [...tls, '--server.health_port', '0'],
  };
  for (const [title, args] of Object.entries(cases)) {
    it(`finds the agent ${title}`, async () => {
      const agent = await start(args());
      const problem = await checkHealth(program).catch(String);
      await agent.stop();
      expect(problem).to.equal(undefined);
    });
  }

  it('fails while the agent does not answer, although the kernel takes connections for it', async () => {
    const agent = await start([]);
    process.kill(agent.pid, 'SIGSTOP');
    const problem = await checkHealth(program, 300).catch(String);
    process.kill(agent.pid, 'SIGCONT');
    await agent.stop();
    expect(problem).to.equal(`Error: 127.0.0.1 port ${agent.port}: no answer within 300 ms`);
  });

  it('fails in one line where no agent runs', async () => {
    const failure = await run(process.execPath, [launcher, 'healthcheck']).catch((error: unknown) => error);
    expect(failure).to.include({ code: 1, stdout: '' });
    expect(failure)
      .to.have.property('stderr')
      .that.matches(/^unhealthy: no process .* listens here .*\n$/);
  });
});
