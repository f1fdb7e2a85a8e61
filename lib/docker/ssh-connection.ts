import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import ssh2, { type Client, type ClientChannel, type ServerHostKeyAlgorithm } from 'ssh2';
import { describeHostKey, type HostKeyVerdict, judgeHostKey, type KnownHostKey, knownHostKeys } from './known-hosts.ts';
import { sshLogin } from './ssh-login.ts';

/** Where to log in, and as whom. */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Holds known_hosts and the identity files: `~/.ssh`. */
  readonly directory: string;
}

/** One SSH connection. */
export interface SshConnection {
  /** Starts a command. Rejects with SessionRefused, ConnectionLost, or a readable reason why there is no connection. */
  start(command: string): Promise<ClientChannel>;
  /** False once the connection broke or was closed. */
  isAlive(): boolean;
  close(): void;
}

/** The server allows this connection no further session: sshd's MaxSessions, 10 by default. */
export class SessionRefused extends Error {
  override readonly name = 'SessionRefused';
}

/** A connection that was there and broke. The code is that of a TCP connection reset by its peer. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  readonly code = 'ECONNRESET';
}

const handshakeMilliseconds = 10_000;
/** A peer that is silent for two of these is gone. */
const keepAliveMilliseconds = 5_000;

/** What both ssh2 and today's OpenSSH use, best first. */
const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** Connects and logs in. The files in `directory` are read each time, so that a repair needs no restart. */
export function openSshConnection(target: SshTarget): SshConnection {
  const { host, port, user, directory } = target;
  const known = knownHostKeys(readKnownHosts(directory), host, port);
  const login = sshLogin(user, directory);
  const client = new ssh2.Client();
  const socket = connect({ host, port, noDelay: true });

  const ready = new Promise<void>((resolve, reject) => {
    let reason: string | undefined;
    client.on('ready', () => {
      reason = undefined;
      resolve();
    });
    client.on('error', (error) => {
      // An agent that fails is no more than one way to log in: the next one is tried.
      if (error.level === 'agent') return;
      if (error.level === 'client-authentication') {
        reason = `user ${user} may not log in; tried: ${login.description}`;
        return;
      }
      reason ??= reasonOf(error);
      socket.destroy();
    });
    client.on('close', () => reject(new Error(`ssh ${host}:${port}: ${reason ?? 'the connection was closed'}`)));
    client.connect({
      sock: socket,
      username: user,
      authHandler: login.methods,
      algorithms: { serverHostKey: knownTypesFirst(known) },
      hostVerifier: (key: Buffer) => {
        const verdict = judgeHostKey(known, key);
        if (verdict === 'known') return true;
        reason = refusal(verdict, target, key);
        return false;
      },
      readyTimeout: handshakeMilliseconds,
      keepaliveInterval: keepAliveMilliseconds,
      keepaliveCountMax: 2,
    });
  });
  // Whoever starts a command hears of it; without one nobody has to.
  ready.catch(() => undefined);

  return {
    start: async (command) => {
      await ready;
      return execute(client, command).catch((error: Error) => {
        throw asStartError(target, error);
      });
    },
    isAlive: () => !socket.destroyed && !socket.readableEnded,
    close: () => socket.destroy(),
  };
}

function readKnownHosts(directory: string): string {
  try {
    return readFileSync(join(directory, 'known_hosts'), 'utf8');
  } catch {
    // Without it no host is known, and that is what the refusal says.
    return '';
  }
}

/** A server shows one key only. It is asked for one of the kinds that are known, as ssh does. */
function knownTypesFirst(known: readonly KnownHostKey[]): ServerHostKeyAlgorithm[] {
  const types = new Set(known.map(({ type }) => type));
  const isKnown = (algorithm: string): boolean => types.has(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return [...hostKeyAlgorithms].sort((one, other) => Number(isKnown(other)) - Number(isKnown(one)));
}

/** Why the presented key is not accepted, and what to do. */
function refusal(
  verdict: Exclude<HostKeyVerdict, 'known'>,
  { host, port, user, directory }: SshTarget,
  presented: Buffer,
): string {
  const file = join(directory, 'known_hosts');
  const option = port === 22 ? '' : `-p ${port} `;
  const name = port === 22 ? host : `[${host}]:${port}`;
  const advice = {
    unknown:
      `is not in ${file}: connect once with "ssh ${option}${user}@${host}", ` +
      `or add it with "ssh-keyscan ${option}${host} >> ${file}" and check it`,
    changed:
      `is not the one in ${file}: somebody may be in between; if it was changed on purpose, ` +
      `remove the old one with "ssh-keygen -R '${name}' -f ${file}" and add the new one`,
    revoked: `is marked @revoked in ${file}`,
  };
  return `the host key ${describeHostKey(presented)} ${advice[verdict]}`;
}

function execute(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(error);
    });
  });
}

function asStartError({ host, port }: SshTarget, error: Error): Error {
  // ssh2 hands the server's reason on where it refused, and only there.
  if ('reason' in error) {
    return new SessionRefused(
      `ssh ${host}:${port}: no further session on this connection (MaxSessions of sshd): ${error.message}`,
    );
  }
  return new ConnectionLost(`ssh ${host}:${port}: ${error.message}`);
}

/** A connection tried at several addresses fails with an AggregateError, whose message is empty. */
function reasonOf(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
