import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerOptions as HttpOptions } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Engine } from './engine.ts';
import { createFaults } from './faults.ts';
import type { Fault } from './faults.ts';
import { createHandler } from './handler.ts';
import type { Endpoint } from './routes.ts';
import { createStatsAnswers } from './stats-answers.ts';
import { createTraffic } from './traffic.ts';
import type { Traffic } from './traffic.ts';

export interface ServerOptions {
  /** A unix socket to listen on; without it a TCP port of 127.0.0.1. */
  socketPath?: string;
  /** 0, the default, takes a free one. */
  port?: number;
  /** Speak TLS; `requestCert` and `ca` ask for client certificates. */
  tls?: TlsOptions;
  /** Answer a stats request only on the next tick, as Docker does up to 24. */
  ticking?: boolean;
  /** Close the connection after each answer. */
  isClosing?: boolean;
  /** Time between ticks, 1000 by default. */
  tickMilliseconds?: number;
}

/** A simulated engine on a real socket. */
export interface SimulatorServer {
  /** As in `DOCKER_HOST`: `unix:///path` or `tcp://127.0.0.1:port`. */
  readonly host: string;
  readonly traffic: Traffic;
  /** Makes an endpoint misbehave, for all containers or the given one (id or name). An unknown container throws. */
  fault(endpoint: Endpoint, fault: Fault, container?: string): void;
  clearFaults(): void;
  /** The daemon dies: every connection ends at once, even in the middle of an answer, and nobody listens. */
  stop(): Promise<void>;
  /** The daemon is back, on the same socket. */
  start(): Promise<void>;
}

/** As dockerd: a connection may stay idle for ever, and small answers are not held back. */
const HTTP_OPTIONS: HttpOptions = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, noDelay: true };

/** Connections that may wait to be accepted; Node's 511 refuses clients that come all at once. */
const BACKLOG = 65_535;

/** Starts to serve an engine. A socket that is taken or not allowed rejects. */
export async function startServer(engine: Engine, options: ServerOptions = {}): Promise<SimulatorServer> {
  const { socketPath, ticking = false, tickMilliseconds = 1000, isClosing = false, tls } = options;
  const faults = createFaults();
  const traffic = createTraffic();
  const stats = createStatsAnswers(engine, ticking ? tickMilliseconds : undefined);
  const handler = createHandler({ engine, faults, traffic, stats });
  const server = tls ? createSecureServer({ ...HTTP_OPTIONS, ...tls }, handler) : createServer(HTTP_OPTIONS, handler);
  if (isClosing) server.prependListener('request', (_, response) => (response.shouldKeepAlive = false));
  // Of our own, as Node's list lacks those in the middle of a TLS handshake.
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  let port = options.port ?? 0;

  async function start(): Promise<void> {
    if (socketPath === undefined) server.listen({ port, host: '127.0.0.1', backlog: BACKLOG });
    else server.listen({ path: socketPath, backlog: BACKLOG });
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) ({ port } = address);
  }

  await start();
  return {
    host: socketPath === undefined ? `tcp://127.0.0.1:${port}` : `unix://${socketPath}`,
    traffic,
    fault(endpoint, fault, container) {
      const id = container === undefined ? undefined : engine.find(container);
      if (container !== undefined && id === undefined) throw new Error(`No such container: ${container}`);
      faults.set(endpoint, fault, id);
    },
    clearFaults: () => faults.clear(),
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of connections) socket.destroy();
      stats.clear();
      await closed;
    },
    start,
  };
}
