import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { callbackify } from 'node:util';
import { type Connections, createConnections } from './connections.ts';
import { collectReason, openSshConnection, type SshConnection } from './ssh-connection.ts';

/** Below sshd's 10 (MaxSessions), for one that was just closed may still count there. */
const maxSessions = 8;

/** Long enough to be there for the next scrape, short enough to leave nothing behind when there is none. */
const idleTimeoutMs = 60_000;

/** What ssh exits with when the connection, not the command, failed. */
const connectionFailed = 255;

/**
 * Connections that are runs of `docker system dial-stdio` on a remote host, Docker's own bridge to the engine's socket,
 * over one SSH connection. `url` is `ssh://[user@]host[:port][/path/of/socket]`. An SSH connection that broke is made
 * again for the next session; `destroy()` ends it for good. Errors reach the call with a message fit for people.
 */
export function sshConnections(url: URL): Connections {
  let ssh: SshConnection | undefined;
  const startSession = async (): Promise<Socket> => {
    if (ssh?.isAlive() !== true) {
      ssh?.close();
      ssh = openSshConnection(url);
    }
    const current = ssh;
    await current.ready;
    const { args, options } = current.command(dialCommand(url));
    return sessionSocket(spawn('ssh', args, options));
  };
  const connections = createConnections('http://docker', {
    connect: (_options, done) =>
      callbackify(startSession)((error, socket) => {
        if (error === null) done(null, socket);
        else done(error, null);
      }),
    idleTimeoutMs,
    max: maxSessions,
  });
  return {
    take: connections.take,
    destroy: () => {
      connections.destroy();
      ssh?.close();
    },
  };
}

/** As Docker's CLI has it: the path of an address is that of the engine's socket on the remote host. */
function dialCommand({ pathname }: URL): string {
  if (['', '/'].includes(pathname)) return 'docker system dial-stdio';
  const socketPath = decodeURIComponent(pathname).replaceAll("'", String.raw`'\''`);
  return `docker --host 'unix://${socketPath}' system dial-stdio`;
}

/** A session as a socket for undici, which uses no other members of Socket. */
function sessionSocket(session: ChildProcessWithoutNullStreams): Socket {
  const socket = new Duplex({
    read: () => session.stdout.resume(),
    // What goes wrong here ends the session, whose end has the reason.
    write: (chunk, _encoding, done) => session.stdin.write(chunk, () => done()),
    final: (done) => {
      session.stdin.end(done);
    },
    destroy: (error, done) => {
      session.kill();
      done(error);
    },
  });
  passOn(session, socket);
  return socket as Socket;
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
