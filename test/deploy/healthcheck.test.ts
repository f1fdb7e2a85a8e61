import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { type AgentProcess, startAgent } from '../support/agent-process.ts';
import { type Busybox, installBusybox } from '../support/busybox.ts';
import { run } from '../support/process.ts';
import { needsTools } from '../support/tools.ts';

const repository = new URL('../..', import.meta.url);

describe("the image's health check", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'healthcheck-'));
  const program = join(folder, 'main.js');
  let busybox: Busybox;
  let authority: Authority;
  let tls: readonly string[];

  needsTools('busybox', 'openssl');
  before('it lies beside a program, and there is a certificate for another address', async () => {
    writeFileSync(program, `import ${JSON.stringify(new URL('lib/main.ts', repository).href)};\n`);
    copyFileSync(fileURLToPath(new URL('deploy/healthcheck.sh', repository)), join(folder, 'healthcheck.sh'));
    busybox = await installBusybox();
    authority = await createAuthority();
    const { certFile, keyFile } = await authority.issue('elsewhere', 'DNS:elsewhere');
    tls = ['--server.tls.enabled', '--server.tls.cert_file', certFile, '--server.tls.key_file', keyFile];
  });
  after('all is removed', async () => {
    busybox.remove();
    await authority.remove();
    rmSync(folder, { recursive: true });
  });

  const start = (args: readonly string[]): Promise<AgentProcess> =>
    startAgent({
      args: ['--docker.host', 'unix:///nowhere.sock', ...args],
      command: [process.execPath, '--disable-sigusr1', program],
    });

  /** What it prints; nothing where all is well. */
  const check = (): Promise<string> =>
    run(busybox.shell, [join(folder, 'healthcheck.sh')], { env: { PATH: busybox.path } }).catch(
      ({ stdout }: { stdout: string }) => stdout,
    );

  const cases: Readonly<Record<string, () => readonly string[]>> = {
    'on any port': () => [],
    'on every address': () => ['--server.address', '0.0.0.0'],
    'on every address of IPv6': () => ['--server.address', '::'],
    'on one address of its own': () => ['--server.address', '127.0.0.9'],
    'on one address of IPv6': () => ['--server.address', '::1'],
    'with another health path': () => ['--server.health_path', '/alive'],
    'with TLS': () => tls,
    'with certificates of clients': () => [...tls, '--server.tls.client_ca_file', authority.caFile],
    'with a port for probes': () => [...tls, '--server.tls.min_version', '1.3', '--server.health_port', '0'],
  };
  for (const [title, args] of Object.entries(cases)) {
    it(`finds the agent ${title}`, async () => {
      const agent = await start(args());
      const problem = await check();
      await agent.stop();
      expect(problem).to.equal('');
    });
  }

  for (const [kind, args] of Object.entries({ HTTP: () => [], TLS: () => tls })) {
    it(`fails while the agent does not answer, although the kernel takes connections for it: ${kind}`, async () => {
      const agent = await start(args());
      process.kill(agent.pid, 'SIGSTOP');
      const problem = await check();
      process.kill(agent.pid, 'SIGCONT');
      await agent.stop();
      expect(problem).to.equal(`no answer from 127.0.0.1 port ${agent.port}\n`);
    });
  }

  it('fails in one line where no agent runs', async () => {
    expect(await check()).to.equal(`no process of this user that runs ${program} listens\n`);
  });
});
