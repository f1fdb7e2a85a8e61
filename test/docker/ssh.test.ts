import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import { createDockerClient, type DockerClient } from '../../lib/docker/client.ts';
import { eventually } from '../support/eventually.ts';
import { startProcess } from '../support/process.ts';
import { type EngineServer, failureOf, listen, noTls, patient } from './engine-server.ts';
import { dialStdio, writeScript } from './ssh-server.ts';

/** An `ssh` that writes down how it was called, and reaches an engine on this machine. */
const fakeSsh = (folder: string): string => `
echo "$SSH_ASKPASS_REQUIRE $*" >>${folder}/calls
case "$*" in
*ControlMaster=yes*) touch control; while [ ! -e ${folder}/cut ]; do sleep 0.1; done ;;
*) exec ${process.execPath} ${folder}/dial-stdio.cjs ${folder}/engine.sock ;;
esac`;

describe('an engine at an ssh:// address', () => {
  const environment = { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] };
  const clients: DockerClient[] = [];
  let folder: string;
  let engine: EngineServer;
  let isSlow = false;
  const answers: (() => void)[] = [];

  beforeEach(async () => {
    isSlow = false;
    folder = await mkdtemp(join(tmpdir(), 'exporter-ssh-'));
    for (const name of ['bin', 'tmp']) await mkdir(join(folder, name));
    await writeFile(join(folder, 'dial-stdio.cjs'), dialStdio);
    await writeFile(join(folder, 'calls'), '');
    await ssh(fakeSsh(folder));
    engine = await listen(
      // As Docker's it does not say for how long it keeps a connection.
      http.createServer({ keepAliveTimeout: 0 }, (_request, response) => {
        answers.push(() => response.end('{}'));
        if (!isSlow) answers.shift()?.();
      }),
      join(folder, 'engine.sock'),
    );
    process.env['PATH'] = `${folder}/bin${delimiter}${environment.PATH}`;
    process.env['TMPDIR'] = join(folder, 'tmp');
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    engine.close();
    for (const [name, value] of Object.entries(environment)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await eventually('its folders are gone', async () => (await leftFolders()).length === 0);
    await rm(folder, { recursive: true });
  });

  const ssh = (script: string): Promise<void> => writeScript(join(folder, 'bin', 'ssh'), script);
  const leftFolders = (): Promise<string[]> => readdir(join(folder, 'tmp'));
  const clientOf = async (host: string): Promise<DockerClient> => {
    const client = await createDockerClient({ host, tls: noTls }, '');
    clients.push(client);
    return client;
  };
  /** The calls of ssh so far: those that connect, and those that run a command. */
  const calls = async (): Promise<{ masters: string[]; sessions: string[] }> => {
    const lines = (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
    const isMaster = (line: string): boolean => line.includes('ControlMaster=yes');
    return { masters: lines.filter(isMaster), sessions: lines.filter((line) => !isMaster(line)) };
  };

  it('is asked over one connection, in fewer sessions than a server allows', async () => {
    const client = await clientOf('ssh://engine');
    await Promise.all(Array.from({ length: 100 }, () => client.info({ milliseconds: 60_000 })));
    const { masters, sessions } = await calls();
    expect(masters).to.have.length(1);
    expect(sessions).to.have.length(8);
    await client.info(patient);
    expect(engine.connections).to.have.length(8);
  }).timeout(60_000);

  for (const [host, end] of [
    ['ssh://engine', ' -- engine docker system dial-stdio'],
    ['ssh://o%40ps@engine:2222/', ' -l o@ps -p 2222 -- engine docker system dial-stdio'],
    ['ssh://[fe80::1]', ' -- fe80::1 docker system dial-stdio'],
    ["ssh://engine/run/it's.sock", String.raw` -- engine docker --host 'unix:///run/it'\''s.sock' system dial-stdio`],
  ] as const) {
    it(`is reached as Docker's CLI does it: ${host}`, async () => {
      await (await clientOf(host)).info(patient);
      const { masters, sessions } = await calls();
      expect(sessions[0]?.split(' ControlMaster=no')[1]).to.equal(end);
      expect(masters[0]?.split(' ControlMaster=yes')[1]).to.equal(end.slice(0, end.indexOf(' docker')));
    });
  }

  it('is never asked a question for', async () => {
    await (await clientOf('ssh://engine')).info(patient);
    const { masters, sessions } = await calls();
    expect(masters[0]).to.match(/^never -N -T -o BatchMode=yes -o ConnectTimeout=5 -o /);
    expect(sessions[0]).to.match(/^never -T -o BatchMode=yes -o ConnectTimeout=5 -o /);
  });

  it('is not connected to again once the client is closed', async () => {
    const client = await clientOf('ssh://engine');
    await client.info(patient);
    client.close();
    expect(await failureOf(client.info(patient))).to.include({ message: 'GET /info: the client is closed' });
    expect((await calls()).masters).to.have.length(1);
  });

  it('is connected to again after the connection broke, without a failed call', async () => {
    const client = await clientOf('ssh://engine');
    await client.info(patient);
    await writeFile(join(folder, 'cut'), '');
    for (const connection of engine.connections) connection.destroy();
    await eventually('the connection has ended', async () => (await leftFolders()).length === 0);
    await rm(join(folder, 'cut'));
    await client.info(patient);
    expect((await calls()).masters).to.have.length(2);
  });

  describe('in a session that waits for the next call', () => {
    let clock: sinon.SinonFakeTimers;
    const veryPatient = { milliseconds: 600_000 };

    beforeEach(() => {
      clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    });
    afterEach(() => clock.restore());

    it('is asked again within a minute, and hung up on after it', async () => {
      const client = await clientOf('ssh://engine');
      await client.info(veryPatient);
      await setImmediate();
      clock.tick(50_000);
      await client.info(veryPatient);
      expect(engine.connections).to.have.length(1);
      await setImmediate();
      clock.tick(60_000);
      await eventually('the session has ended', () => engine.connections[0]?.closed);
    });

    it('is not hung up on in the middle of one', async () => {
      const client = await clientOf('ssh://engine');
      await client.info(veryPatient);
      isSlow = true;
      const slow = client.info(veryPatient);
      await eventually('it is asked', () => answers.length === 1);
      clock.tick(120_000);
      answers.shift()?.();
      expect((await slow).answer).to.deep.equal({});
      expect(engine.connections).to.have.length(1);
    });
  });

  it('leaves neither processes nor files when its process is killed', async () => {
    const script = `
      import { createDockerClient } from '${import.meta.resolve('../../lib/docker/client.ts')}';
      const client = await createDockerClient(${JSON.stringify({ host: 'ssh://engine', tls: noTls })}, '');
      await client.info({ milliseconds: 30_000 });
      process.kill(process.pid, 'SIGKILL');
    `;
    const exit = await (await startProcess(process.execPath, ['--input-type=module', '--eval', script])).exited;
    expect(exit.signal).to.equal('SIGKILL');
    await eventually('its folder is gone', async () => (await leftFolders()).length === 0);
    await eventually('its session is gone', () => engine.connections.every(({ closed }) => closed));
  }).timeout(40_000);

  describe('tells in one line', () => {
    const failureWith = async (script: string): Promise<string> => {
      await ssh(script);
      const { kind, message } = await failureOf((await clientOf('ssh://ops@engine:2222')).info(patient));
      return `${kind}: ${message.replace('GET /info: ', '')}`;
    };

    it('that ssh is missing', async () => {
      await rm(join(folder, 'bin', 'ssh'));
      for (const name of ['sh', 'cat', 'rm', 'rmdir']) await symlink(`/bin/${name}`, join(folder, 'bin', name));
      process.env['PATH'] = join(folder, 'bin');
      const { message } = await failureOf((await clientOf('ssh://engine')).info(patient));
      expect(message).to.equal('GET /info: ssh engine: there is no ssh program in PATH: install the OpenSSH client');
    });

    it('that not even a shell is there', async () => {
      process.env['PATH'] = join(folder, 'tmp');
      const { message } = await failureOf((await clientOf('ssh://engine')).info(patient));
      expect(message).to.equal('GET /info: ssh engine: spawn sh ENOENT');
    });

    it('why there is no connection: cause and outcome', async () => {
      expect(
        await failureWith(
          `printf '@@@@\\r\\n@ HOST KEY CHANGED! @\\r\\nmuch more\\r\\nHost key verification failed.\\r\\n' >&2; exit 255`,
        ),
      ).to.equal('unreachable: ssh engine:2222: HOST KEY CHANGED!; Host key verification failed');
    });

    it('that the host is new', async () => {
      expect(await failureWith('echo "Host key verification failed." >&2; exit 255')).to.equal(
        'unreachable: ssh engine:2222: Host key verification failed: it is not in known_hosts',
      );
    });

    it('that ssh ended without a word', async () => {
      expect(await failureWith('exit 255')).to.equal('unreachable: ssh engine:2222: the connection was closed');
    });

    it('why the remote command failed', async () => {
      const remote = (command: string): string =>
        `case "$*" in *ControlMaster=yes*) touch control; exec sleep 600 ;; esac; ${command}`;
      expect(await failureWith(remote('echo "sh: docker: not found" >&2; exit 127'))).to.equal(
        'unreachable: "docker system dial-stdio" ended with status 127: sh: docker: not found',
      );
      expect(await failureWith(remote('exit 3'))).to.equal(
        'unreachable: "docker system dial-stdio" ended with status 3',
      );
      expect(await failureWith(remote('echo broken >&2; exit 255'))).to.equal(
        'unreachable: the SSH connection broke: broken',
      );
      expect(await failureWith(remote('kill -9 $$'))).to.equal('unreachable: the SSH connection broke');
    });

    it('no more than fits into one', async () => {
      expect(await failureWith('head -c 1000 /dev/zero | tr "\\0" x >&2; exit 255')).to.equal(
        `unreachable: ssh engine:2222: ${'x'.repeat(300)}`,
      );
    });
  });
});
