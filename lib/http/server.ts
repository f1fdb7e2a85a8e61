import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Routes, createRequestHandler } from './routes.ts';

export interface Listening {
  readonly address: string;
  readonly port: number;
  /** Takes no more requests, lets those under way finish, and cuts what is left after the grace period in milliseconds. */
  close(grace: number): Promise<void>;
}

export interface ListenOptions {
  readonly address: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly routes: Routes;
  readonly onError: (path: string, error: unknown) => void;
}

/** Listens; rejects when the address can't be had. */
export async function listen({ address, port, routes, onError }: ListenOptions): Promise<Listening> {
  const server = createServer(createRequestHandler(routes, onError));
  server.on('request', (_, response) => {
    // A connection that was busy when the server closed would stay open for its keep-alive time.
    response.once('close', () => {
      if (!server.listening) server.closeIdleConnections();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  const bound = server.address() as AddressInfo;
  return { address: bound.address, port: bound.port, close: (grace) => close(server, grace) };
}

async function close(server: Server, grace: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearTimeout(timer);
}
