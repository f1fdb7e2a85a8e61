import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { run } from '../support/process.ts';

/** A real OpenSSH server, and a `docker` command that it runs, with all that they and a client need in one folder. */
export interface SshServer {
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** The address of the engine behind it. */
  readonly url: string;
  /** Where the engine listens. */
  readonly socketPath: string;
  /** The connections that were made so far. */
  readonly connections: readonly Socket[];
  /** A PATH whose `ssh` reads the client's configuration instead of ~/.ssh/config. */
  readonly path: string;
  /** A file in the client's folder: `config`, `known_hosts`, `id_ed25519`. */
  file(name: string): string;
  /** A file in the server's folder: `host_key`, `authorized_keys`, `bin/docker`. */
  serverFile(name: string): string;
  /** Changes sshd's configuration for later connections. */
  configure(lines: readonly string[]): Promise<void>;
  /** Replaces the remote `docker` command by a shell script. */
  replaceDocker(script: string): Promise<void>;
  /** Ends every connection. */
  cut(): void;
  remove(): Promise<void>;
}

/** What `docker system dial-stdio` does: standard input to the engine's socket, and back. */
export const dialStdio = `
const socket = require('node:net').connect(process.argv[2]);
socket.on('error', () => {
  console.error('Cannot connect to the Docker daemon at unix://' + process.argv[2]);
  process.exit(1);
});
socket.on('close', () => process.exit(0));
process.stdin.pipe(socket).pipe(process.stdout);
`;

/** Writes an executable shell script. */
export async function writeScript(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

/** Makes a key pair without passphrase. */
export async function makeKey(path: string): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
}

/** Each connection gets an sshd of its own (its inetd mode), which ends with the connection. */
export async function startSshServer(): Promise<SshServer> {
  const folder = await mkdtemp(join(tmpdir(), 'exporter-sshd-'));
  const serverFile = (name: string): string => join(folder, 'server', name);
  const file = (name: string): string => join(folder, 'client', name);
  for (const path of [serverFile('bin'), file('bin')]) await mkdir(path, { recursive: true, mode: 0o700 });
  await makeKey(serverFile('host_key'));
  await makeKey(file('id_ed25519'));
  await writeFile(serverFile('authorized_keys'), await readFile(file('id_ed25519.pub')));
  // sshd as root insists on this folder.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });

  const configure = (lines: readonly string[]): Promise<void> =>
    writeFile(
      serverFile('sshd_config'),
      [
        ...lines,
        `HostKey ${serverFile('host_key')}`,
        `AuthorizedKeysFile ${serverFile('authorized_keys')}`,
        'StrictModes no',
        'UsePAM no',
        'PasswordAuthentication no',
        'KbdInteractiveAuthentication no',
        `SetEnv PATH=${serverFile('bin')}:/usr/bin:/bin`,
      ].join('\n'),
    );
  await configure([]);
  await writeFile(serverFile('dial-stdio.cjs'), dialStdio);
  const socketPath = serverFile('engine.sock');
  const replaceDocker = (script: string): Promise<void> => writeScript(serverFile('bin/docker'), script);
  await replaceDocker(`exec ${process.execPath} ${serverFile('dial-stdio.cjs')} ${socketPath}`);

  const connections: Socket[] = [];
  const server = createServer((connection) => {
    connections.push(connection);
    const child = spawn('/usr/sbin/sshd', ['-i', '-e', '-f', serverFile('sshd_config')], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    // Once in a while it takes SIGTERM for nothing, and the tests would wait for it for ever.
    connection.on('error', () => undefined).on('close', () => child.kill('SIGKILL'));
    child.stdin.on('error', () => undefined);
    connection.pipe(child.stdin);
    child.stdout.pipe(connection);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const connection of connections) connection.destroy();
  };

  const hostKey = await readFile(serverFile('host_key.pub'), 'utf8');
  await writeFile(file('known_hosts'), `[127.0.0.1]:${port} ${hostKey}`);
  await writeFile(
    file('config'),
    [
      'GlobalKnownHostsFile none',
      `UserKnownHostsFile ${file('known_hosts')}`,
      `IdentityFile ${file('id_ed25519')}`,
      'IdentitiesOnly yes',
      'IdentityAgent none',
      '',
    ].join('\n'),
  );
  await writeScript(file('bin/ssh'), `exec /usr/bin/ssh -F ${file('config')} "$@"`);

  return {
    port,
    url: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    socketPath,
    connections,
    path: `${file('bin')}${delimiter}${process.env['PATH'] ?? ''}`,
    file,
    serverFile,
    configure,
    replaceDocker,
    cut,
    remove: async () => {
      server.close();
      cut();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
