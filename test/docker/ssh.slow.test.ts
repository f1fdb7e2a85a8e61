import { appendFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import http, { type RequestListener } from 'node:http';
import net from 'node:net';
import { expect } from 'chai';
import { createDockerClient, type DockerClient } from '../../lib/docker/client.ts';
import { eventually } from '../support/eventually.ts';
import { run, startProcess } from '../support/process.ts';
import { needsTools } from '../support/tools.ts';
import { type EngineServer, failureOf, listen, noTls } from './engine-server.ts';
import { makeKey, type SshServer, startSshServer, writeScript } from './ssh-server.ts';

const patient = { milliseconds: 30_000 };

describe('an engine behind a real SSH server', function () {
  this.timeout(90_000);
  needsTools('ssh', 'sshd');

  const environment = { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] };
  const closers: (() => unknown)[] = [];
  let ssh: SshServer;
  let engine: EngineServer;
  let client: DockerClient;
  /** How the engine answers. */
  let answer: RequestListener;

  const listenAsEngine = (): Promise<EngineServer> =>
    listen(
      http.createServer((request, response) => answer(request, response)),
      ssh.socketPath,
    );

  beforeEach(async () => {
    ssh = await startSshServer();
    // Longer than the path of a socket may be.
    const folder = ssh.file('t'.repeat(120));
    await mkdir(folder);
    Object.assign(process.env, { PATH: ssh.path, TMPDIR: folder });
    answer = (_request, response) => response.end('{"Name":"engine"}');
    engine = await listenAsEngine();
    client = await createDockerClient({ host: ssh.url, tls: noTls }, '');
  });

  afterEach(async () => {
    client.close();
    engine.close();
    for (const close of closers.splice(0)) await close();
    await eventually('nothing is left', async () => (await readdir(process.env['TMPDIR'] ?? '')).length === 0);
    await ssh.remove();
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  const info = async (limits = patient): Promise<unknown> => (await client.info(limits)).answer;
  const parallel = (calls: number): Promise<unknown[]> => Promise.all(Array.from({ length: calls }, () => info()));
  const open = (): number => engine.connections.filter(({ closed }) => !closed).length;
  const connectTo = async (host: string): Promise<void> => {
    client.close();
    client = await createDockerClient({ host, tls: noTls }, '');
  };

  it('answers any number of calls at once over one connection', async () => {
    await parallel(100);
    await parallel(100);
    expect(ssh.connections).to.have.length(1);
    expect(engine.connections).to.have.length(8);
  });

  it('answers all the same where the server allows a connection only three sessions', async () => {
    await ssh.configure(['MaxSessions 3']);
    expect(await parallel(30)).to.have.length(30);
  });

  it('fails with a reason where the server allows no session at all', async () => {
    await ssh.configure(['MaxSessions 0']);
    expect((await failureOf(info())).message).to.include('Session open refused by peer');
  });

  it('carries large answers whole', async () => {
    const large = { names: Array.from({ length: 50_000 }, (_, index) => `name ${index}`) };
    answer = (_request, response) => response.end(JSON.stringify(large));
    for (const received of await Promise.all([info(), info(), info()])) expect(received).to.deep.equal(large);
  });

  it('watches events while it answers calls', async () => {
    answer = ({ url }, response) => {
      if (url?.startsWith('/events') === true)
        response.write('{"Type":"container","Action":"start","Actor":{"ID":"abc"},"timeNano":1}\n');
      else response.end('{}');
    };
    const changes: string[] = [];
    const watch = await client.openEvents('0', ({ id }) => changes.push(id), patient);
    await eventually('the event is there', () => changes.length === 1);
    await parallel(20);
    client.close();
    await watch.ended;
  });

  it('connects again after the connection broke, without a failed call', async () => {
    await parallel(5);
    ssh.cut();
    expect(await parallel(5)).to.have.length(5);
    // ssh connects by itself for a session that starts before the end of the connection is noticed.
    expect(ssh.connections.length).to.be.within(2, 7);
  });

  it('fails the calls that are under way when the connection breaks, and only those', async () => {
    answer = (_request, response) => response.write(' '.repeat(100_000));
    const half = failureOf(info());
    await eventually('half the answer is there', () => (ssh.connections[0]?.bytesWritten ?? 0) > 100_000);
    ssh.cut();
    expect(await half).to.include({ kind: 'malformed', message: 'GET /info: the answer broke off' });
    answer = () => ssh.cut();
    const { kind, message } = await failureOf(info());
    expect(kind).to.equal('unreachable');
    expect(message).to.match(/^GET \/info: the SSH connection broke/);
    answer = (_request, response) => response.end('{}');
    expect(await info()).to.deep.equal({});
  });

  it('notices a connection that fell silent, and connects again', async () => {
    await info();
    for (const connection of ssh.connections) connection.removeAllListeners('data').pause();
    expect(await failureOf(info({ milliseconds: 1_000 }))).to.include({ kind: 'timeout' });
    await eventually('a new connection answers', () => info({ milliseconds: 2_000 }), { within: 40_000 });
  });

  it('ends the session of a call that times out, and leaves the others alone', async () => {
    answer = ({ url }, response) => {
      if (url === '/info') response.end('{}');
    };
    await info();
    const hanging = failureOf(client.inspectContainer('abc', { milliseconds: 2_000 }));
    await eventually('the hanging call reached the engine', () => open() === 1);
    expect(await hanging).to.include({ kind: 'timeout' });
    await eventually('its session has ended', () => open() === 0);
    expect(await info()).to.deep.equal({});
    expect(ssh.connections).to.have.length(1);
  });

  it('sees the daemon stop and come back', async () => {
    await info();
    engine.close();
    expect((await failureOf(info())).message).to.equal(
      'GET /info: "docker system dial-stdio" ended with status 1: ' +
        `Cannot connect to the Docker daemon at unix://${ssh.socketPath}`,
    );
    engine = await listenAsEngine();
    expect(await info()).to.deep.equal({ Name: 'engine' });
    expect(ssh.connections).to.have.length(1);
  });

  it('says so when the remote host has no docker command', async () => {
    await ssh.configure([`SetEnv PATH=/nowhere`]);
    await ssh.replaceDocker('exit 1');
    expect((await failureOf(info())).message).to.match(
      /^GET \/info: "docker system dial-stdio" ended with status 127: .*docker.*not found$/,
    );
  });

  it("is reached with Docker's own command, and a path as its socket", async function () {
    const docker = await run('which', ['docker']).catch(() => '');
    if (docker === '') this.skip();
    await ssh.replaceDocker(`exec ${docker.trim()} "$@"`);
    await connectTo(`${ssh.url}${ssh.socketPath}`);
    expect(await parallel(20)).to.have.length(20);
    expect(ssh.connections).to.have.length(1);
  });

  it('is reached through another host, with a name of ~/.ssh/config', async () => {
    const jump = await startSshServer();
    closers.push(jump.remove);
    await writeFile(jump.serverFile('authorized_keys'), await readFile(ssh.file('id_ed25519.pub')));
    await appendFile(ssh.file('known_hosts'), await readFile(jump.file('known_hosts')));
    const way = `ProxyJump ${jump.url}`;
    await appendFile(ssh.file('config'), `Host engine\n  HostName 127.0.0.1\n  Port ${ssh.port}\n  ${way}\n`);
    await connectTo('ssh://engine');
    expect(await info()).to.deep.equal({ Name: 'engine' });
    expect(jump.connections).to.have.length(1);

    client.close();
    await writeFile(jump.serverFile('authorized_keys'), '');
    await connectTo('ssh://engine');
    expect((await failureOf(info())).message).to.match(
      /^GET \/info: ssh engine: \S+: Permission denied \(publickey\); /,
    );
  });

  it('is asked in the same way whatever else ~/.ssh/config says', async () => {
    const taken = await listen(net.createServer());
    closers.push(taken.close);
    await appendFile(
      ssh.file('config'),
      [
        'BatchMode no',
        'LogLevel DEBUG3',
        'RemoteCommand echo hijacked',
        'PermitLocalCommand yes',
        `LocalCommand touch ${ssh.file('touched')}`,
        'ExitOnForwardFailure yes',
        `LocalForward 127.0.0.1:${taken.port} 127.0.0.1:1`,
        'ControlMaster auto',
        `ControlPath ${ssh.file('other')}`,
        'ControlPersist 10m',
        '',
      ].join('\n'),
    );
    expect(await parallel(3)).to.have.length(3);
    expect(ssh.connections).to.have.length(1);
    expect(await readdir(ssh.file('.')))
      .to.not.include.members(['touched'])
      .and.not.include.members(['other']);
    engine.close();
    expect((await failureOf(info())).message).to.equal(
      'GET /info: "docker system dial-stdio" ended with status 1: ' +
        `Cannot connect to the Docker daemon at unix://${ssh.socketPath}`,
    );
  });

  describe('with a host key', () => {
    it('that is new is refused', async () => {
      await rm(ssh.file('known_hosts'));
      expect((await failureOf(info())).message).to.equal(
        `GET /info: ssh 127.0.0.1:${ssh.port}: Host key verification failed: it is not in known_hosts`,
      );
    });

    it('other than the known one is refused, until that one is removed', async () => {
      const known = await readFile(ssh.file('known_hosts'), 'utf8');
      const [name] = known.split(' ');
      await makeKey(ssh.file('other'));
      await writeFile(ssh.file('known_hosts'), `${name} ${await readFile(ssh.file('other.pub'), 'utf8')}`);
      expect((await failureOf(info())).message).to.include(
        'WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!; Host key verification failed',
      );
      await writeFile(ssh.file('known_hosts'), known);
      expect(await info()).to.deep.equal({ Name: 'engine' });
    });

    it('that a known authority signed is accepted', async () => {
      await makeKey(ssh.file('ca'));
      await run('ssh-keygen', [
        '-q',
        '-s',
        ssh.file('ca'),
        '-I',
        'host',
        '-h',
        '-n',
        '127.0.0.1',
        ssh.serverFile('host_key.pub'),
      ]);
      await ssh.configure([`HostCertificate ${ssh.serverFile('host_key-cert.pub')}`]);
      await makeKey(ssh.file('other'));
      const trust = async (key: string): Promise<void> =>
        writeFile(ssh.file('known_hosts'), `@cert-authority * ${await readFile(ssh.file(`${key}.pub`), 'utf8')}`);
      await trust('other');
      expect((await failureOf(info())).message).to.include('Host key verification failed');
      await trust('ca');
      expect(await info()).to.deep.equal({ Name: 'engine' });
    });
  });

  describe('with a user', () => {
    const refusal = /^GET \/info: ssh 127\.0\.0\.1:\d+: \S+@127\.0\.0\.1: Permission denied \(publickey\)$/;

    it('who has no key is refused', async () => {
      await rm(ssh.file('id_ed25519'));
      expect((await failureOf(info())).message).to.match(refusal);
    });

    it('whose key is wrong, or has a passphrase, is refused without a question', async () => {
      await run('ssh-keygen', ['-q', '-p', '-N', 'a passphrase', '-f', ssh.file('id_ed25519')]);
      expect((await failureOf(info())).message).to.match(refusal);
      await rm(ssh.file('id_ed25519'));
      await makeKey(ssh.file('id_ed25519'));
      expect((await failureOf(info())).message).to.match(refusal);
    });

    it('whose key is with an agent is let in', async () => {
      const socketPath = ssh.file('agent');
      const agent = await startProcess('ssh-agent', ['-D', '-a', socketPath]);
      closers.push(() => agent.stop());
      await eventually('the agent has the key', async () => {
        await run('ssh-add', ['-q', ssh.file('id_ed25519')], { env: { ...process.env, SSH_AUTH_SOCK: socketPath } });
        return true;
      });
      await rm(ssh.file('id_ed25519'));
      const config = await readFile(ssh.file('config'), 'utf8');
      await writeFile(ssh.file('config'), config.replace('IdentityAgent none', `IdentityAgent ${socketPath}`));
      expect(await info()).to.deep.equal({ Name: 'engine' });
    });
  });

  describe('on a port', () => {
    const failureAt = async ({ port, close }: EngineServer): Promise<string> => {
      closers.push(close);
      await connectTo(`ssh://somebody@127.0.0.1:${port}`);
      return (await failureOf(info())).message.replaceAll(String(port), 'PORT');
    };

    it('where nothing listens is unreachable', async () => {
      const server = await listen(net.createServer());
      server.close();
      expect(await failureAt(server)).to.equal(
        'GET /info: ssh 127.0.0.1:PORT: connect to host 127.0.0.1 port PORT: Connection refused',
      );
    });

    it('where no login ends is unreachable, within the time of a scrape', async () => {
      await writeScript(ssh.file('bin/ssh'), 'exec sleep 600');
      expect((await failureOf(info())).message).to.equal(
        `GET /info: ssh 127.0.0.1:${ssh.port}: no connection within 8 s`,
      );
    });

    it('where no SSH server answers is unreachable, within the time of a scrape', async () => {
      const message = await failureAt(await listen(net.createServer()));
      expect(message).to.equal('GET /info: ssh 127.0.0.1:PORT: Connection timed out during banner exchange');
    });
  });

  it('lets its process end once the client is closed, and ends with one that is killed', async () => {
    const script = (end: string): string => `
      import { createDockerClient } from '${import.meta.resolve('../../lib/docker/client.ts')}';
      const client = await createDockerClient(${JSON.stringify({ host: ssh.url, tls: noTls })}, '');
      await client.info({ milliseconds: 30_000 });
      const pending = Array.from({ length: 20 }, () => client.count('networks', { milliseconds: 1e6 }).catch(String));
      setTimeout(() => ${end}, 500);
      console.log(await Promise.all(pending));
    `;
    answer = ({ url }, response) => {
      if (url === '/info') response.end('{}');
    };
    for (const [end, signal] of [
      ['client.close()', undefined],
      ["process.kill(process.pid, 'SIGKILL')", 'SIGKILL'],
    ] as const) {
      const child = await startProcess(process.execPath, ['--input-type=module', '--eval', script(end)]);
      expect((await child.exited).signal).to.equal(signal);
      await eventually('its connection has ended', () => ssh.connections.every(({ closed }) => closed));
    }
  });
});
