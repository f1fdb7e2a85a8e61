import { execFile } from 'node:child_process';
import { appendFile, copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import http, { type RequestListener } from 'node:http';
import net from 'node:net';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createDockerClient, type DockerClient } from '../../lib/docker/client.ts';
import { eventually } from '../support/eventually.ts';
import { startProcess } from '../support/process.ts';
import { type EngineServer, failureOf, listen, noTls, patient } from './engine-server.ts';
import { type SshServer, startSshServer, whyNoSshServer } from './ssh-server.ts';

const execute = promisify(execFile);

describe('an engine behind SSH', () => {
  const environment = { HOME: process.env.HOME, SSH_AUTH_SOCK: process.env.SSH_AUTH_SOCK };
  let ssh: SshServer;
  let engine: EngineServer;
  let client: DockerClient;
  /** How the engine answers. */
  let answer: RequestListener;

  before('an SSH server', function () {
    if (whyNoSshServer === undefined) return;
    if (process.env.ENGINE_TESTS === 'required') throw new Error(whyNoSshServer);
    process.stderr.write(`skipped: ${this.test?.parent?.title}: ${whyNoSshServer}\n`);
    this.skip();
  });

  beforeEach(async () => {
    ssh = await startSshServer();
    process.env.HOME = ssh.home;
    delete process.env.SSH_AUTH_SOCK;
    answer = (_request, response) => response.end('{"Name":"engine"}');
    engine = await listen(
      http.createServer((request, response) => answer(request, response)),
      ssh.socketPath,
    );
    client = await createDockerClient({ host: ssh.url, tls: noTls }, '');
  });

  afterEach(async () => {
    client.close();
    engine.close();
    await ssh.remove();
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  const info = (limits = patient): Promise<unknown> => client.system('info', limits);
  const parallel = (calls: number): Promise<unknown[]> => Promise.all(Array.from({ length: calls }, () => info()));
  const open = (): number => engine.connections.filter(({ closed }) => !closed).length;
  const cut = (): void => {
    for (const connection of ssh.connections) connection.destroy();
  };

  it('answers call after call in one session of one connection', async () => {
    for (let round = 0; round < 5; round += 1) expect(await info()).to.deep.equal({ Name: 'engine' });
    await failureOf(client.inspectContainer('abc', { milliseconds: 5_000, signal: AbortSignal.abort() }));
    expect(ssh.connections).to.have.length(1);
    expect(engine.connections).to.have.length(1);
  });

  it('answers any number of calls at once in ten sessions of one connection', async () => {
    await parallel(50);
    await parallel(50);
    expect(ssh.connections).to.have.length(1);
    expect(engine.connections).to.have.length(10);
  });

  it('answers all the same where the server allows a connection only three sessions', async () => {
    await ssh.configure(['MaxSessions 3']);
    await parallel(30);
    expect(engine.connections).to.have.length(10);
    expect(ssh.connections).to.have.length(4);
  });

  it('fails with a reason where the server allows no session at all', async () => {
    await ssh.configure(['MaxSessions 0']);
    const { kind, message } = await failureOf(info());
    expect(kind).to.equal('unreachable');
    expect(message).to.contain('no further session on this connection (MaxSessions of sshd)');
  });

  it('carries large answers whole, however slowly they are read', async () => {
    const names = Array.from({ length: 200_000 }, (_, index) => `name ${index}`);
    answer = (_request, response) => response.end(JSON.stringify(names));
    const answers = await Promise.all([info(), info(), info()]);
    for (const received of answers) expect(received).to.deep.equal(names);
  });

  it('connects again after the connection broke, without a failed call', async () => {
    await parallel(5);
    cut();
    expect(await parallel(5)).to.have.length(5);
    expect(ssh.connections).to.have.length(2);
  });

  it('fails the call that is under way when the connection breaks, and only that', async () => {
    answer = (_request, response) => response.write(' '.repeat(100_000));
    const half = failureOf(info());
    await eventually('half the answer is there', () => (ssh.connections[0]?.bytesWritten ?? 0) > 100_000);
    cut();
    expect(await half).to.include({ kind: 'malformed', message: 'GET /info: the answer broke off' });
    answer = cut;
    expect(await failureOf(info())).to.include({
      kind: 'unreachable',
      message: 'GET /info: the SSH connection broke',
    });
    answer = (_request, response) => response.end('{}');
    expect(await info()).to.deep.equal({});
  });

  it('ends the session of a call that times out, and leaves the others alone', async () => {
    answer = ({ url }, response) => {
      if (url === '/info') response.end('{}');
    };
    await info();
    const hanging = failureOf(client.inspectContainer('abc', { milliseconds: 1_000 }));
    await eventually('the hanging call reached the engine', () => open() === 1);
    expect(await hanging).to.include({ kind: 'timeout' });
    await eventually('its session has ended', () => open() === 0);
    expect(await info()).to.deep.equal({});
    expect(ssh.connections).to.have.length(1);
  });

  it('sees the daemon stop and come back', async () => {
    await info();
    engine.close();
    const { kind, message } = await failureOf(info());
    expect(kind).to.equal('unreachable');
    expect(message).to.equal(
      'GET /info: "docker system dial-stdio" ended with status 1: ' +
        `Cannot connect to the Docker daemon at unix://${ssh.socketPath}`,
    );
    engine = await listen(
      http.createServer((request, response) => answer(request, response)),
      ssh.socketPath,
    );
    expect(await info()).to.deep.equal({ Name: 'engine' });
    expect(ssh.connections).to.have.length(1);
  });

  it('says so when the remote host has no docker command', async () => {
    await ssh.replaceDocker(undefined);
    const { kind, message } = await failureOf(info());
    expect(kind).to.equal('unreachable');
    expect(message).to.match(/^GET \/info: "docker system dial-stdio" ended with status 127: .*docker.*not found/);
  });

  it('says so when the remote command is killed', async () => {
    await ssh.replaceDocker('kill -9 $$');
    const { message } = await failureOf(info());
    expect(message).to.match(/"docker system dial-stdio" (was killed by SIGKILL|ended with status 137)/);
  });

  it('times out when the remote command says nothing', async () => {
    await ssh.replaceDocker('exec /bin/sleep 60');
    expect(await failureOf(info({ milliseconds: 1_000 }))).to.include({ kind: 'timeout' });
  });

  describe('with a host key', () => {
    const knownHosts = (content: string): Promise<void> => writeFile(ssh.file('known_hosts'), content);

    it('that is nowhere is refused, until the advice is followed', async () => {
      await rm(ssh.file('known_hosts'));
      const { kind, message } = await failureOf(info());
      expect(kind).to.equal('unreachable');
      expect(message).to.match(
        new RegExp(
          `^GET /info: ssh 127.0.0.1:${ssh.port}: the host key ssh-ed25519 SHA256:\\S{43} is not in ` +
            `${ssh.home}/.ssh/known_hosts: connect once with "ssh -p ${ssh.port} \\S+@127.0.0.1", or add it with`,
        ),
      );
      await followAdvice(message);
      expect(await info()).to.deep.equal({ Name: 'engine' });
    });

    it('other than the known one is refused, until the advice is followed', async () => {
      await knownHosts((await ssh.knownHost('ed25519')).replace(/\S{20}$/m, 'x'.repeat(20)));
      const { message } = await failureOf(info());
      expect(message).to.contain(`is not the one in ${ssh.home}/.ssh/known_hosts: somebody may be in between`);
      await followAdvice(message);
      expect((await failureOf(info())).message).to.contain('is not in');
      await appendFile(ssh.file('known_hosts'), await ssh.knownHost('ed25519'));
      expect(await info()).to.deep.equal({ Name: 'engine' });
    });

    it('that is revoked is refused', async () => {
      const known = await ssh.knownHost('ed25519');
      await knownHosts(`${known}@revoked ${known.replace(/^\S+/, '*')}`);
      expect((await failureOf(info())).message).to.contain(`is marked @revoked in ${ssh.home}/.ssh/known_hosts`);
    });

    it('that is hashed in known_hosts is accepted', async () => {
      await execute('ssh-keygen', ['-H', '-f', ssh.file('known_hosts')]);
      expect(await readFile(ssh.file('known_hosts'), 'utf8')).to.match(/^\|1\|/);
      expect(await info()).to.deep.equal({ Name: 'engine' });
    });

    it('of the one kind that is known is asked for, although the server has others', async () => {
      await knownHosts(await ssh.knownHost('ecdsa'));
      expect(await info()).to.deep.equal({ Name: 'engine' });
    });
  });

  describe('with a user', () => {
    it('who has no key is told what was tried', async () => {
      await rm(ssh.file('id_ed25519'));
      const { kind, message } = await failureOf(info());
      expect(kind).to.equal('unreachable');
      expect(message).to.match(/user \S+ may not log in; tried: no agent, for SSH_AUTH_SOCK is not set; no id_ed25519/);
    });

    it('whose keys are not accepted, or have a passphrase, is told so', async () => {
      await execute('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', ssh.file('id_ecdsa')]);
      await execute('ssh-keygen', ['-q', '-p', '-N', 'a passphrase', '-f', ssh.file('id_ed25519')]);
      const { message } = await failureOf(info());
      expect(message).to.match(/tried: no agent, .*; id_ed25519 not: .*passphrase.*; id_ecdsa$/);
    });

    for (const type of ['ecdsa', 'rsa']) {
      it(`who has an ${type} key is let in`, async () => {
        await rm(ssh.file('id_ed25519'));
        await execute('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', ssh.file(`id_${type}`)]);
        await ssh.authorize(await readFile(ssh.file(`id_${type}.pub`), 'utf8'));
        expect(await info()).to.deep.equal({ Name: 'engine' });
      });
    }

    it('whose key is with an agent is let in, and without it no more', async () => {
      await copyFile(ssh.file('id_ed25519'), ssh.file('elsewhere'));
      await execute('chmod', ['600', ssh.file('elsewhere')]);
      await rm(ssh.file('id_ed25519'));
      const socketPath = ssh.file('agent');
      const agent = await startProcess('ssh-agent', ['-D', '-a', socketPath]);
      process.env.SSH_AUTH_SOCK = socketPath;
      await eventually('the agent has the key', async () => {
        await execute('ssh-add', ['-q', ssh.file('elsewhere')]);
        return true;
      });
      expect(await info()).to.deep.equal({ Name: 'engine' });
      await agent.stop();
      cut();
      expect((await failureOf(info())).message).to.contain('tried: the agent at SSH_AUTH_SOCK; no id_ed25519');
    });

    it('whose agent does not answer is let in with a key file', async () => {
      process.env.SSH_AUTH_SOCK = ssh.file('no-agent');
      expect(await info()).to.deep.equal({ Name: 'engine' });
    });
  });

  describe('on a port', () => {
    async function failureAt({ port, close }: EngineServer): Promise<string> {
      const other = await createDockerClient({ host: `ssh://somebody@127.0.0.1:${port}`, tls: noTls }, '');
      try {
        const { kind, message } = await failureOf(other.system('info', { milliseconds: 2_000 }));
        return `${kind}: ${message.replaceAll(`:${port}`, ':PORT')}`;
      } finally {
        other.close();
        close();
      }
    }

    it('where nothing listens is unreachable', async () => {
      const server = await listen(net.createServer());
      server.close();
      expect(await failureAt(server)).to.equal(
        'unreachable: GET /info: ssh 127.0.0.1:PORT: connect ECONNREFUSED 127.0.0.1:PORT',
      );
    });

    it('where something else listens is unreachable', async () => {
      const server = net.createServer((connection) => connection.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      expect(await failureAt(await listen(server))).to.match(/^unreachable: GET \/info: ssh 127\.0\.0\.1:PORT: ./);
    });

    it('where nobody answers times out', async () => {
      expect(await failureAt(await listen(net.createServer()))).to.equal(
        'timeout: GET /info: no complete answer within 2 s',
      );
    });
  });

  it('lets the process end once the client is closed, calls under way or not', async () => {
    answer = ({ url }, response) => {
      if (url === '/info') response.end('{}');
    };
    const script = `
      import { createDockerClient } from '${import.meta.resolve('../../lib/docker/client.ts')}';
      const client = await createDockerClient(${JSON.stringify({ host: ssh.url, tls: noTls })}, '');
      await client.system('info', { milliseconds: 8000 });
      const pending = Array.from({ length: 20 }, () => client.system('networks', { milliseconds: 1e6 }).catch(String));
      setTimeout(client.close, 500);
      console.log(await Promise.all(pending));
    `;
    const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', script]);
    expect(stdout.match(/GET \/networks: /g)).to.have.length(20);
  });

  /** Runs the last command that the message quotes. */
  async function followAdvice(message: string): Promise<void> {
    const command = [...message.matchAll(/"([^"]+)"/g)].at(-1)?.[1];
    await execute('sh', ['-c', command ?? 'false']);
  }
});
