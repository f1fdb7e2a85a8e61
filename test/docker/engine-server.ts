import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import type { Server, Socket } from 'node:net';
import { type ClientOptions, createDockerClient, type DockerClient } from '../../lib/docker/client.ts';
import type { EngineAddress } from '../../lib/docker/address.ts';
import { EngineError } from '../../lib/docker/errors.ts';

/** Patience of the calls that are expected to be answered. */
export const patient = { milliseconds: 8_000 };

export const noTls: EngineAddress['tls'] = { enabled: false, verify: true, caFile: '', certFile: '', keyFile: '' };

/** A server that stands in for an engine, and what happened to its connections. */
export interface EngineServer {
  readonly port: number;
  /** All connections so far, closed ones included. */
  readonly connections: readonly Socket[];
  close(): void;
}

/** Listens on a free port of 127.0.0.1, or on a socket path. */
export async function listen(server: Server, path?: string): Promise<EngineServer> {
  const connections: Socket[] = [];
  server.on('connection', (connection: Socket) => {
    connections.push(connection);
    connection.on('error', () => undefined);
  });
  server.listen(path === undefined ? { port: 0, host: '127.0.0.1' } : { path });
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    connections,
    close: () => {
      server.close();
      for (const connection of connections) connection.destroy();
    },
  };
}

type Serve = (
  server: RequestListener | Server,
  options?: ClientOptions,
) => Promise<EngineServer & { readonly client: DockerClient }>;

/** A server, or one that answers HTTP as the listener does, and a client of it; both are gone after the test. */
export function useServer(): Serve {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });
  return async (server, options) => {
    const engine = await listen(typeof server === 'function' ? http.createServer(server) : server);
    const client = await createDockerClient({ host: `tcp://127.0.0.1:${engine.port}`, tls: noTls }, '', options);
    closers.push(client.close, engine.close);
    return { ...engine, client };
  };
}

/** The error that a call ends with. Fails when the call succeeds, or with another kind of error. */
export async function failureOf(call: Promise<unknown>): Promise<EngineError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}
