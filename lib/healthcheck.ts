import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { messageOf } from './error-message.ts';

interface Listener {
  readonly host: string;
  readonly port: number;
}

/**
 * Checks that the agent answers on every port where it listens. Those are the kernel's to know, from the sockets of the
 * processes that run `program`: no source of settings has to be read again, and none that changed since the agent
 * started can mislead. Any answer will do, since that of the health path never says anything but 200.
 * Rejects with an Error that says what is wrong. Docker should allow more than the timeout.
 */
export async function checkHealth(program: string, timeoutMs = 8_000): Promise<void> {
  const listeners = listenersOf(program);
  if (listeners.length === 0) {
    throw new Error(`no process of this user that runs ${program} listens here (Linux only)`);
  }
  await Promise.all(listeners.map((listener) => expectAnswer(listener, timeoutMs)));
}

/** In the network of this process only, so agents of other containers don't count where all processes can be seen. */
function listenersOf(program: string): Listener[] {
  const sockets = new Set(processesOf(program).flatMap(socketsOf));
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    linesOf(table)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.has(`socket:[${inode}]`))
      .map(([, local = '']) => listenerAt(local)),
  );
}

function processesOf(program: string): string[] {
  const folders = attempt(() => readdirSync('/proc'), []);
  return folders.filter(
    (pid) =>
      /^\d+$/.test(pid) &&
      attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'), '')
        .split('\0')
        .includes(program),
  );
}

function socketsOf(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  return attempt(() => readdirSync(folder), []).map((file) => attempt(() => readlinkSync(`${folder}/${file}`), ''));
}

function linesOf(table: string): string[] {
  return attempt(() => readFileSync(table, 'utf8'), '').split('\n');
}

/** Processes end while they are looked at, those of other users are closed, and a kernel may have no IPv6. */
function attempt<Result>(read: () => Result, otherwise: Result): Result {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Of `0100007F:23F0`: the address in words of 32 bits with their last byte first, and the port. */
function listenerAt(local: string): Listener {
  const [address = '', port = ''] = local.split(':');
  const words = (address.match(/.{8}/g) ?? []).map((word) => word.match(/../g)?.toReversed() ?? []);
  const bytes = words.flat();
  const host = /^0*$/.test(address)
    ? // Every address, of IPv6 too, takes in this one.
      '127.0.0.1'
    : words.length === 1
      ? bytes.map((byte) => Number.parseInt(byte, 16)).join('.')
      : bytes.join('').match(/.{4}/g)?.join(':');
  return { host: host ?? '', port: Number.parseInt(port, 16) };
}

/** With TLS where the listener hangs up on plain HTTP. */
async function expectAnswer({ host, port }: Listener, timeoutMs: number): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    if (await answers(connect({ host, port }), signal)) return;
    const tls = await import('node:tls');
    // The certificate is not for this address, and clients without one of their own are turned away by an alert.
    if (await answers(tls.connect({ host, port, rejectUnauthorized: false }), signal)) return;
    throw new Error('no answer');
  } catch (error) {
    throw new Error(`${host} port ${port}: ${signal.aborted ? `no answer within ${timeoutMs} ms` : messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Whether HTTP is spoken, or an alert of TLS sent, rather than the connection closed. Rejects where nobody listens. */
async function answers(socket: Socket, signal: AbortSignal): Promise<boolean> {
  signal.addEventListener('abort', () => socket.destroy(new Error('timeout')));
  try {
    socket.end('HEAD /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    for await (const chunk of socket) return String(chunk).startsWith('HTTP/');
    return false;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code.includes('ALERT')) return true;
    if (code === 'ECONNRESET' || code === 'EPIPE') return false;
    throw error;
  } finally {
    socket.destroy();
  }
}
