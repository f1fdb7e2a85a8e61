import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Agent, type ClientRequest } from 'node:http';
import { Duplex } from 'node:stream';
import { callbackify } from 'node:util';
import { collectReason, openSshConnection, type SshConnection } from './ssh-connection.ts';

/** Below sshd's 10 (MaxSessions), for one that was just closed may still count there. */
const maxSessions = 8;

/** Long enough to be there for the next scrape, short enough to leave nothing behind when there is none. */
const idleTimeoutMs = 60_000;

/** What ssh exits with when the connection, not the command, failed. */
const connectionFailed = 255;

/**
 * An agent whose sockets are runs of `docker system dial-stdio` on a remote host, Docker's own bridge to the engine's
 * socket, over one SSH connection. `url` is `ssh://[user@]host[:port][/path/of/socket]`. A connection that broke is
 * made again for the next socket; `destroy()` ends it for good. Errors reach the request with a message fit for people.
 */
export function sshAgent(url: URL): Agent {
  return new SshAgent(url);
}

/** The overridden methods are those that node:http documents for it. */
class SshAgent extends Agent {
  readonly #url: URL;
  readonly #idleTimers = new WeakMap<Duplex, NodeJS.Timeout>();
  #connection: SshConnection | undefined;
  #isDestroyed = false;

  constructor(url: URL) {
    super({ keepAlive: true, maxSockets: maxSessions });
    this.#url = url;
  }

  override createConnection(): Duplex {
    return sessionSocket(() => this.#startSession());
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const timer = setTimeout(() => socket.destroy(), idleTimeoutMs).unref();
    this.#idleTimers.set(socket, timer);
    return true;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    clearTimeout(this.#idleTimers.get(socket));
    super.reuseSocket(socket, request);
  }

  override destroy(): void {
    this.#isDestroyed = true;
    super.destroy();
    this.#connection?.close();
  }

  async #startSession(): Promise<ChildProcessWithoutNullStreams> {
    if (this.#isDestroyed) throw new Error('the SSH connection was closed');
    if (this.#connection?.isAlive() !== true) {
      this.#connection?.close();
      this.#connection = openSshConnection(this.#url);
    }
    const connection = this.#connection;
    await connection.ready;
    const { args, options } = connection.command(dialCommand(this.#url));
    return spawn('ssh', args, options);
  }
}

/** As Docker's CLI has it: the path of an address is that of the engine's socket on the remote host. */
function dialCommand({ pathname }: URL): string {
  if (['', '/'].includes(pathname)) return 'docker system dial-stdio';
  const socketPath = decodeURIComponent(pathname).replaceAll("'", String.raw`'\''`);
  return `docker --host 'unix://${socketPath}' system dial-stdio`;
}

/**
 * A session as the kind of socket that node:http works with. It is returned at once and connects behind the scenes:
 * an agent counts, and so bounds, only the sockets that it has.
 */
function sessionSocket(start: () => Promise<ChildProcessWithoutNullStreams>): Duplex {
  let session: ChildProcessWithoutNullStreams | undefined;
  const socket = new Duplex({
    construct: callbackify(async () => {
      session = await start();
      passOn(session, socket);
    }),
    read: () => session?.stdout.resume(),
    // What goes wrong here ends the session, whose end has the reason.
    write: (chunk, _encoding, done) => session?.stdin.write(chunk, () => done()),
    final: (done) => {
      session?.stdin.end(done);
    },
    destroy: (error, done) => {
      session?.kill();
      done(error);
    },
  });
  // Between two requests there is no other listener.
  socket.on('error', () => undefined);
  // What node:http, and who holds a response, call on a socket. A session keeps the process running until it is closed.
  return Object.assign(socket, { ref: () => socket, unref: () => socket, setKeepAlive: () => socket });
}

/** Passes the session's output on, and at its end the reason for it. */
function passOn(session: ChildProcessWithoutNullStreams, socket: Duplex): void {
  const reason = collectReason(session.stderr);
  session.stdout.on('data', (chunk: Buffer) => {
    if (!socket.push(chunk)) session.stdout.pause();
  });
  // 'close' follows, with the reason.
  for (const emitter of [session, session.stdin]) emitter.on('error', () => undefined);
  session.on('close', (status: number | null) => {
    if (status === 0) {
      socket.push(null);
      socket.once('end', () => socket.destroy());
    } else if (status === null || status < 0 || status === connectionFailed) {
      const lost = new Error(`the SSH connection broke${reason() === '' ? '' : `: ${reason()}`}`);
      socket.destroy(Object.assign(lost, { code: 'ECONNRESET' }));
    } else {
      const failed = `"docker system dial-stdio" ended with status ${status}`;
      socket.destroy(new Error(reason() === '' ? failed : `${failed}: ${reason()}`));
    }
  });
}
