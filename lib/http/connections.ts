import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { MemoryShare } from '../memory-budget.ts';
import { clientNetwork } from './client-network.ts';

export interface ConnectionOptions {
  /** Bytes that all connections may take. */
  readonly share: MemoryShare;
  /** Limits their number besides, by file descriptors. */
  readonly maxConnections: number;
  /** Whether a request that was answered with 200 was a scrape. */
  readonly isScrape: (request: IncomingMessage) => boolean;
  /** How long a connection may take to send a request before it counts as one that sends none; a second if left out. */
  readonly graceMs?: number;
  /** Told of each connection that had to go for another. */
  readonly onEvicted: () => void;
}

/** The connections of all servers of the process, of which there are no more than fit. */
export interface ConnectionRegistry {
  /** Keeps account of a server's connections, which take so many bytes each; call it before the server listens. */
  watch(server: Server, bytesPerConnection: number): void;
  /** Ends the connection of a response at once; what the client has not read of it, the kernel forgets too. */
  reset(response: ServerResponse): void;
}

interface Connection {
  readonly socket: Socket;
  readonly network: Network;
  readonly bytes: number;
  readonly clientAddress: string | undefined;
  readonly clientPort: number | undefined;
  hasAsked: boolean;
  requestsUnderWay: number;
  /** When it was opened, or its last request began or ended; by performance.now(). */
  activeAt: number;
}

/** Client networks that scraped lately, of which so many are remembered. */
const maxScrapers = 64;

/** All connections of a client, or of those who share its address. */
interface Network {
  readonly name: string;
  readonly connections: Set<Connection>;
  /** The one that was scraped over last, and which a scraper keeps for the next scrape. */
  scraper: Connection | undefined;
}

/**
 * Takes every new connection. Where it does not fit, another one goes: from the client network with the most connections,
 * of several from one that did not scrape lately, the oldest that has not sent a request within a second, else the one that
 * is idle for longest, else the oldest that has yet to send one, and only where there is none the one whose request takes
 * longest. The connection that a scraper keeps goes last of all, so that no flood of others, also from the same network,
 * costs a scrape.
 */
export function createConnectionRegistry(options: ConnectionOptions): ConnectionRegistry {
  const { share, maxConnections, isScrape, onEvicted, graceMs = 1_000 } = options;
  const networks = new Map<string, Network>();
  const known = new WeakMap<Socket, Connection>();
  const scrapers = new Set<string>();
  let count = 0;

  const networkOf = (address: string | undefined): Network => {
    const name = clientNetwork(address);
    const network = networks.get(name) ?? { name, connections: new Set(), scraper: undefined };
    networks.set(name, network);
    return network;
  };
  const remove = (connection: Connection): void => {
    const { network, socket, bytes } = connection;
    if (!network.connections.delete(connection)) return;
    if (network.scraper === connection) network.scraper = undefined;
    if (network.connections.size === 0) networks.delete(network.name);
    count -= 1;
    share.release(bytes);
    // What was sent and not read would stay in the kernel for minutes.
    socket.resetAndDestroy();
  };
  const noteScrape = (connection: Connection): void => {
    const { network } = connection;
    network.scraper = connection;
    scrapers.delete(network.name);
    scrapers.add(network.name);
    const [oldest = ''] = scrapers;
    if (scrapers.size > maxScrapers) scrapers.delete(oldest);
  };
  /** The networks that have to give one up. */
  const mostCrowded = (): Network[] => {
    const most = [...networks.values()].reduce((maximum, network) => Math.max(maximum, spare(network)), 0);
    const crowded = [...networks.values()].filter((network) => spare(network) === most);
    const others = crowded.filter(({ name }) => !scrapers.has(name));
    return others.length > 0 ? others : crowded;
  };
  /** Takes the bytes of one more connection; false where nothing that goes makes room for it. */
  const makeRoom = (bytes: number): boolean => {
    const fits = (): boolean => count < maxConnections && share.take(bytes);
    while (!fits()) {
      const victim = leastWorthy(mostCrowded(), performance.now() - graceMs);
      if (victim === undefined) return false;
      remove(victim);
      onEvicted();
    }
    return true;
  };
  const admit = (socket: Socket, bytes: number): void => {
    if (!makeRoom(bytes)) {
      socket.destroy();
      return;
    }
    const { remoteAddress: clientAddress, remotePort: clientPort } = socket;
    const network = networkOf(clientAddress);
    const connection: Connection = {
      socket,
      network,
      bytes,
      clientAddress,
      clientPort,
      hasAsked: false,
      requestsUnderWay: 0,
      activeAt: performance.now(),
    };
    count += 1;
    network.connections.add(connection);
    known.set(socket, connection);
    socket.once('close', () => remove(connection));
  };
  /** A TLS socket is not the one that was admitted, and says nothing of it but whose it is. */
  const recognize = (secure: TLSSocket): void => {
    const { remoteAddress, remotePort } = secure;
    const connection = [...(networks.get(clientNetwork(remoteAddress))?.connections ?? [])].find(
      ({ clientAddress, clientPort }) => clientAddress === remoteAddress && clientPort === remotePort,
    );
    if (connection !== undefined) known.set(secure, connection);
  };
  const follow = (request: IncomingMessage, response: ServerResponse): void => {
    const connection = known.get(request.socket);
    if (connection === undefined) return;
    connection.hasAsked = true;
    connection.requestsUnderWay += 1;
    connection.activeAt = performance.now();
    response.once('finish', () => {
      if (response.statusCode === 200 && isScrape(request)) noteScrape(connection);
    });
    response.once('close', () => {
      connection.requestsUnderWay -= 1;
      connection.activeAt = performance.now();
    });
  };

  return {
    watch: (server, bytesPerConnection) => {
      server.on('connection', (socket: Socket) => admit(socket, bytesPerConnection));
      server.on('secureConnection', recognize);
      server.on('request', follow);
    },
    reset: ({ req }) => {
      const connection = known.get(req.socket);
      if (connection !== undefined) remove(connection);
    },
  };
}

/** The connection that is to go first; one that was opened before `silentSince` and has sent nothing counts as silent. */
function leastWorthy(networks: readonly Network[], silentSince: number): Connection | undefined {
  const candidates = networks.flatMap(({ connections, scraper }) =>
    [...connections].filter((each) => connections.size === 1 || each !== scraper),
  );
  const [first] = candidates;
  return first && candidates.reduce((least, each) => (goesBefore(each, least, silentSince) ? each : least), first);
}

/** How many connections a network has besides the one that its scraper keeps. */
function spare({ connections, scraper }: Network): number {
  return scraper === undefined ? connections.size : connections.size - 1;
}

function goesBefore(left: Connection, right: Connection, silentSince: number): boolean {
  const difference = worth(left, silentSince) - worth(right, silentSince);
  return difference < 0 || (difference === 0 && left.activeAt < right.activeAt);
}

function worth({ hasAsked, requestsUnderWay, activeAt }: Connection, silentSince: number): number {
  if (hasAsked) return requestsUnderWay > 0 ? 3 : 1;
  return activeAt < silentSince ? 0 : 2;
}
