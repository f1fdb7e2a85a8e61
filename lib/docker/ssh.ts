import { Agent, type ClientRequest } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { callbackify } from 'node:util';
import type { ClientChannel } from 'ssh2';
import { ConnectionLost, openSshConnection } from './ssh-connection.ts';
import { currentUser } from './ssh-login.ts';
import { createSshSessions, type SshSessions } from './ssh-sessions.ts';

/** Docker's own bridge from standard input and output to the engine's socket. */
const command = 'docker system dial-stdio';

/** As many sessions as sshd allows a connection by default. Each costs the remote host a process. */
const maximumSessions = 10;

/** Long enough to be there for the next scrape, short enough to leave nothing behind when there is none. */
const idleMilliseconds = 60_000;

/**
 * An agent whose sockets are sessions of one SSH connection, each running `docker system dial-stdio`.
 * `url` is `ssh://[user@]host[:port]`; ~/.ssh/config is not read. `destroy()` ends the SSH connection for good.
 * What goes wrong reaches the request as an error whose message is fit for people.
 */
export function sshAgent(url: URL): Agent {
  const host = decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1');
  const sessions = createSshSessions(() =>
    openSshConnection({
      host,
      port: url.port === '' ? 22 : Number(url.port),
      user: url.username === '' ? currentUser() : decodeURIComponent(url.username),
      directory: join(homedir(), '.ssh'),
    }),
  );
  return new SshAgent(sessions);
}

/** The overridden methods are those that node:http documents for it. */
class SshAgent extends Agent {
  readonly #sessions: SshSessions;
  readonly #idleTimers = new WeakMap<Duplex, NodeJS.Timeout>();

  constructor(sessions: SshSessions) {
    super({ keepAlive: true, maxSockets: maximumSessions });
    this.#sessions = sessions;
  }

  override createConnection(): Duplex {
    return sessionSocket(this.#sessions);
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const timer = setTimeout(() => socket.destroy(), idleMilliseconds).unref();
    this.#idleTimers.set(socket, timer);
    return true;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    clearTimeout(this.#idleTimers.get(socket));
    super.reuseSocket(socket, request);
  }

  override destroy(): void {
    super.destroy();
    this.#sessions.close();
  }
}

/**
 * A session as the kind of socket that node:http works with. ssh2's own stream neither passes errors on nor ever
 * counts as destroyed. It is returned at once and connects behind the scenes: an agent counts, and so bounds, only
 * the sockets that it has.
 */
function sessionSocket(sessions: SshSessions): Duplex {
  let session: ClientChannel | undefined;
  const socket = new Duplex({
    construct: callbackify(async () => {
      session = await sessions.start(command);
      passOn(session, socket);
    }),
    read: () => session?.resume(),
    write: (chunk, encoding, done) => session?.write(chunk, encoding, done),
    final: (done) => {
      session?.end();
      done();
    },
    destroy: (error, done) => {
      session?.close();
      // Unread, it would never report its end, and its place would stay taken.
      session?.resume();
      done(error);
    },
  });
  // Between two requests nobody else listens.
  socket.on('error', () => undefined);
  // An agent calls this when it uses a socket again.
  return Object.assign(socket, { ref: () => socket });
}

/** Passes the session's output on, and at its end the reason for it. */
function passOn(session: ClientChannel, socket: Duplex): void {
  let complaint = '';
  session.on('data', (chunk: Buffer) => {
    if (!socket.push(chunk)) session.pause();
  });
  session.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(0, 500);
  });
  session.on('error', (error: Error) => socket.destroy(error));
  session.on('close', (status: number | null | undefined, signal?: string) => {
    if (status === 0) {
      socket.push(null);
      socket.once('end', () => socket.destroy());
    } else if (status === undefined) {
      socket.destroy(new ConnectionLost('the SSH connection broke'));
    } else {
      const end = status === null ? `was killed by ${signal}` : `ended with status ${status}`;
      const words = complaint.split(/\s+/).filter((word) => word !== '');
      socket.destroy(new Error(`"${command}" ${end}${words.length === 0 ? '' : `: ${words.join(' ')}`}`));
    }
  });
}
