import type { ConnectionOptions } from 'node:tls';
import { buildConnector } from 'undici';
import { readPemFile } from '../config/files.ts';
import { type Connect, type Connections, createConnections } from './connections.ts';
import { sshConnections } from './ssh.ts';

/** How to reach the engine, from the settings. */
export interface EngineAddress {
  /** `unix:///path`, `tcp://host:port`, `http(s)://host:port` or `ssh://user@host:port`,
   * which may end in the path of the remote socket. */
  readonly host: string;
  readonly tls: {
    readonly enabled: boolean;
    readonly verify: boolean;
    /** Files in PEM form; an empty string means none. */
    readonly caFile: string;
    readonly certFile: string;
    readonly keyFile: string;
  };
}

/**
 * Idle connections are closed before a proxy does it (haproxy's usual least is 5 s), so that few calls meet one that the
 * other side is just closing and have to be made again.
 */
const idleTimeoutMs = 4_000;

/** Milliseconds of silence after which the operating system checks that the other side is still there: events may be rare. */
const keepAliveInitialDelay = 30_000;

/**
 * Connections to an address; none is made before the first call. Reads the TLS files again; throws what reading them
 * throws.
 */
export function connectionsTo(address: EngineAddress): Connections {
  const url = new URL(address.host);
  if (url.protocol === 'ssh:') return sshConnections(url);
  if (url.protocol === 'unix:') {
    const socketPath = decodeURIComponent(url.pathname);
    return createConnections('http://localhost', { connect: buildConnector({ socketPath }), idleTimeoutMs });
  }
  const tls = isSecure(url, address) ? certificates(address) : {};
  const connect = surfaceTlsErrors(buildConnector({ keepAliveInitialDelay, ...tls }));
  return createConnections(originOf(url, address), { connect, idleTimeoutMs });
}

/** Destroys a socket with its TLS error: undici would report only that the other side closed it. */
function surfaceTlsErrors(connect: Connect): Connect {
  return (options, done) =>
    connect(options, (...result) => {
      const [, socket] = result;
      socket?.once('error', (error) => socket.destroy(error));
      done(...result);
    });
}

/** Where calls go, with Docker's own ports for tcp:// and HTTP's for http(s)://. */
export function originOf(url: URL, address: EngineAddress): string {
  const secure = isSecure(url, address);
  const dockerPort = secure ? ':2376' : ':2375';
  const port = url.port === '' ? (url.protocol === 'tcp:' ? dockerPort : '') : `:${url.port}`;
  return `${secure ? 'https' : 'http'}://${url.hostname}${port}`;
}

function isSecure({ protocol }: URL, { tls }: EngineAddress): boolean {
  return protocol === 'https:' || (protocol === 'tcp:' && tls.enabled);
}

/** The address without credentials, for logs and pages. */
export function displayAddress(host: string): string {
  const url = new URL(host);
  if (url.username === '' && url.password === '') return host;
  url.username = '';
  url.password = '';
  return url.href;
}

function certificates({ tls }: EngineAddress): Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'> {
  return {
    ...(tls.caFile === '' ? {} : { ca: readPemFile(tls.caFile) }),
    ...(tls.certFile === '' ? {} : { cert: readPemFile(tls.certFile) }),
    ...(tls.keyFile === '' ? {} : { key: readPemFile(tls.keyFile) }),
    rejectUnauthorized: tls.verify,
  };
}
