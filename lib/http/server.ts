import { type Server, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ConnectionRegistry } from './connections.ts';
import { type HandlerOptions, createRequestHandler } from './request-handler.ts';
import type { TlsMaterial } from './tls.ts';

export interface ListeningServer {
  readonly address: string;
  readonly port: number;
  /** New connections get this certificate; those that are open stay as they are. Only for what listens with TLS. */
  renewTls(material: TlsMaterial): void;
  /** Takes no more requests, lets those under way finish, and cuts what is left after the grace period. */
  close(graceMs: number): Promise<void>;
}

export interface ListenOptions extends HandlerOptions {
  /** Empty for all, of IPv6 too where there is any. */
  readonly address: string;
  /** 0 for any free port. */
  readonly port: number;
  /** What to prove to clients; undefined for plain HTTP. */
  readonly tls?: TlsMaterial | undefined;
  /** Bounds the connections. */
  readonly connections?: ConnectionRegistry;
}

/** What a client may use before it has sent a whole request. Milliseconds and bytes. */
const limits = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  /** How often the two above are checked. */
  connectionsCheckingInterval: 2_000,
  /** Longer than the usual pause between two scrapes, which then need no new connection. */
  keepAliveTimeout: 75_000,
};
const handshakeTimeoutMs = 10_000;
/** Those that are not read are dropped. A header of a few characters takes ten times its size. */
const maxHeaders = 100;

/** Bytes that a connection may take before its request is whole, measured with headers as long as they may be. */
const bytesPerConnection = { plain: 32 * 1024, tls: 80 * 1024 };

/** Connections that wait to be accepted: one for which there is no room there comes again only after a second. */
const backlog = 2_048;

/** Listens; rejects when the address is taken or not this machine's. */
export async function listen({
  address,
  port,
  tls,
  connections,
  ...handling
}: ListenOptions): Promise<ListeningServer> {
  const handler = createRequestHandler(handling);
  const secure =
    tls === undefined
      ? undefined
      : createTlsServer({ ...limits, ...tls, handshakeTimeout: handshakeTimeoutMs }, handler);
  const server: Server = secure ?? createServer(limits, handler);
  server.maxHeadersCount = maxHeaders;
  connections?.watch(server, bytesPerConnection[secure === undefined ? 'plain' : 'tls']);
  server.on('request', (_, response) => {
    // A connection that was busy when the server closed would stay open for its keep-alive time.
    response.once('close', () => {
      if (!server.listening) server.closeIdleConnections();
    });
  });
  /** The server itself does not list connections whose TLS handshake is not over. */
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, backlog, ...(address !== '' && { host: address }) }, resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    address: bound.address,
    port: bound.port,
    renewTls: (material) => secure?.setSecureContext(material),
    close: (graceMs) => close(server, sockets, graceMs),
  };
}

async function close(server: Server, sockets: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
  await closed;
  clearTimeout(timer);
}
