import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const sshd = '/usr/sbin/sshd';

/** Why there can be no SSH server; undefined when there can. */
export const whyNoSshServer = existsSync(sshd) ? undefined : `${sshd} is not installed (Debian: openssh-server)`;

/** A real OpenSSH server behind a port of our own, with everything it and its client need in one temporary folder. */
export interface SshServer {
  readonly port: number;
  /** The address of the engine behind it. */
  readonly url: string;
  /** The client's home. Its .ssh holds a key that may log in, and known_hosts. */
  readonly home: string;
  /** Where the engine listens. */
  readonly socketPath: string;
  /** The connections that were made so far. */
  readonly connections: readonly Socket[];
  /** A file of the client's ~/.ssh. */
  file(name: string): string;
  /** The line of known_hosts for the server's host key of that type. */
  knownHost(type: string): Promise<string>;
  /** Changes sshd's configuration for later connections. */
  configure(lines: readonly string[]): Promise<void>;
  /** Lets another public key log in. */
  authorize(publicKey: string): Promise<void>;
  /** Puts a shell script in the place of the remote `docker` command; undefined takes it away. */
  replaceDocker(script: string | undefined): Promise<void>;
  remove(): Promise<void>;
}

/** What `docker system dial-stdio` does: standard input to the engine's socket, and back. */
const dialStdio = `
const socket = require('node:net').connect(process.argv[2]);
socket.on('error', () => {
  console.error('Cannot connect to the Docker daemon at unix://' + process.argv[2]);
  process.exit(1);
});
socket.on('close', () => process.exit(0));
process.stdin.pipe(socket).pipe(process.stdout);
`;

/** Each connection gets an sshd of its own (its inetd mode), which ends with the connection. */
export async function startSshServer(): Promise<SshServer> {
  const folder = await mkdtemp(join(tmpdir(), 'exporter-ssh-'));
  const at = (...path: readonly string[]): string => join(folder, ...path);
  const home = at('home');
  for (const path of [at('bin'), join(home, '.ssh')]) await mkdir(path, { recursive: true, mode: 0o700 });
  for (const type of ['ed25519', 'ecdsa']) {
    await execute('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', at(`host_${type}`)]);
  }
  await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, '.ssh', 'id_ed25519')]);
  await writeFile(at('authorized_keys'), await readFile(join(home, '.ssh', 'id_ed25519.pub')));
  // sshd as root insists on this folder.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });

  const configure = (lines: readonly string[]): Promise<void> =>
    writeFile(
      at('sshd_config'),
      [
        ...lines,
        ...['ed25519', 'ecdsa'].map((type) => `HostKey ${at(`host_${type}`)}`),
        `AuthorizedKeysFile ${at('authorized_keys')}`,
        'StrictModes no',
        'UsePAM no',
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        `SetEnv HOME=${home} PATH=${at('bin')}`,
      ].join('\n'),
    );
  await configure([]);

  await writeFile(at('dial-stdio.cjs'), dialStdio);
  const replaceDocker = async (script: string | undefined): Promise<void> => {
    await rm(at('bin', 'docker'), { force: true });
    if (script === undefined) return;
    await writeFile(at('bin', 'docker'), `#!/bin/sh\n${script}\n`);
    await chmod(at('bin', 'docker'), 0o755);
  };
  await replaceDocker(
    `[ "$*" = "system dial-stdio" ] || exit 64\nexec ${process.execPath} ${at('dial-stdio.cjs')} ${at('engine.sock')}`,
  );

  const connections: Socket[] = [];
  const server = createServer((connection) => {
    connections.push(connection);
    const child = spawn(sshd, ['-i', '-e', '-f', at('sshd_config')], { stdio: ['pipe', 'pipe', 'ignore'] });
    // Once in a while it takes SIGTERM for nothing, and the tests would wait for it for ever.
    connection.on('error', () => undefined).on('close', () => child.kill('SIGKILL'));
    child.stdin.on('error', () => undefined);
    connection.pipe(child.stdin);
    child.stdout.pipe(connection);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const knownHost = async (type: string): Promise<string> => {
    const key = await readFile(at(`host_${type}.pub`), 'utf8');
    return `[127.0.0.1]:${port} ${key.split(' ', 2).join(' ')}\n`;
  };
  await writeFile(join(home, '.ssh', 'known_hosts'), await knownHost('ed25519'));

  return {
    port,
    url: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    home,
    socketPath: at('engine.sock'),
    connections,
    file: (name) => join(home, '.ssh', name),
    knownHost,
    configure,
    authorize: (publicKey) => appendFile(at('authorized_keys'), publicKey),
    replaceDocker,
    remove: async () => {
      server.close();
      for (const connection of connections) connection.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
