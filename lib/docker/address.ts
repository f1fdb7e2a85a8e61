import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions } from 'node:https';
import { readFileSync } from 'node:fs';
import { sshAgent } from './ssh.ts';

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

/** What docker-modem needs to know to dial an address. */
export interface ConnectionOptions {
  readonly socketPath: string | undefined;
  readonly protocol: 'http' | 'https';
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly agent: HttpAgent;
}

/**
 * Idle connections are dropped before a proxy does it (haproxy's usual least is 5 s), so that few requests meet one
 * that the other side is just closing and have to be sent again.
 */
const connections = { keepAlive: true, timeout: 4_000 } as const;

/** Without TLS there is no server name, which node:http would find out for every request all the same. */
const plainConnections = { ...connections, servername: '' } as const;

/**
 * Turns an address into connection options with keep-alive connections of their own.
 * Reads the TLS files again; throws what reading them throws.
 */
export function connectionTo(address: EngineAddress): ConnectionOptions {
  const url = new URL(address.host);
  if (url.protocol === 'unix:') {
    const agent = new HttpAgent(plainConnections);
    return {
      socketPath: decodeURIComponent(url.pathname),
      protocol: 'http',
      host: undefined,
      port: undefined,
      agent,
    };
  }
  if (url.protocol === 'ssh:') {
    return { socketPath: undefined, protocol: 'http', host: 'docker', port: undefined, agent: sshAgent(url) };
  }
  const secure = url.protocol === 'https:' || (url.protocol === 'tcp:' && address.tls.enabled);
  const agent = secure ? new HttpsAgent({ ...connections, ...certificates(address) }) : new HttpAgent(plainConnections);
  const port = url.port === '' ? defaultPort(url.protocol, secure) : url.port;
  return { socketPath: undefined, protocol: secure ? 'https' : 'http', host: url.hostname, port, agent };
}

/** The address without credentials, for logs and pages. */
export function displayAddress(host: string): string {
  const url = new URL(host);
  if (url.username === '' && url.password === '') return host;
  url.username = '';
  url.password = '';
  return url.href;
}

function certificates({ tls }: EngineAddress): AgentOptions {
  return {
    ...(tls.caFile === '' ? {} : { ca: readFileSync(tls.caFile) }),
    ...(tls.certFile === '' ? {} : { cert: readFileSync(tls.certFile) }),
    ...(tls.keyFile === '' ? {} : { key: readFileSync(tls.keyFile) }),
    rejectUnauthorized: tls.verify,
  };
}

/** Docker's own ports for tcp://, HTTP's for http(s)://. */
function defaultPort(protocol: string, secure: boolean): string {
  if (protocol === 'tcp:') return secure ? '2376' : '2375';
  return secure ? '443' : '80';
}
