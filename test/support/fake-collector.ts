import { type IncomingHttpHeaders, type RequestListener, type ServerResponse, createServer } from 'node:http';
import { type ServerOptions, createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type SentPoint, pointsOfRequest } from './otlp-request.ts';

export interface PushRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it was sent. */
  readonly bytes: number;
  readonly points: readonly SentPoint[];
}

/** Does with a push what a collector would, or would not. */
export type Reaction = (response: ServerResponse) => void;

export interface FakeCollector {
  /** Without the path. */
  readonly url: string;
  /** All that came so far, whatever it was answered. */
  readonly requests: readonly PushRequest[];
  react: Reaction;
  /** Whether requests are kept to be looked at. */
  keepRequests: boolean;
  /** How many are open. */
  connections(): number;
  /** Cuts every connection; no more are taken. */
  stop(): Promise<void>;
}

export const accept: Reaction = (response) => void response.writeHead(200).end();

export function answer(status: number, headers: Readonly<Record<string, string>> = {}): Reaction {
  return (response) => void response.writeHead(status, headers).end();
}

/** Says nothing, and keeps the connection. */
export const hang: Reaction = () => {};

/** Sends the beginning of an answer that never ends. */
export const trickle: Reaction = (response) => {
  response.writeHead(200);
  const timer = setInterval(() => response.write('\0'), 50);
  response.on('close', () => clearInterval(timer));
};

export const cut: Reaction = (response) => void response.socket?.destroy();

/** An OTLP receiver on a free port of 127.0.0.1; over TLS where `tls` is given. */
export async function startFakeCollector(tls?: ServerOptions): Promise<FakeCollector> {
  const requests: PushRequest[] = [];
  const sockets = new Set<Socket>();
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      collector.react(response);
      if (!collector.keepRequests) return;
      const sent = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      requests.push({
        path: request.url ?? '',
        headers: request.headers,
        bytes: sent.length,
        points: pointsOfRequest(body, request.headers['content-type']),
      });
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const collector: FakeCollector = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    react: accept,
    keepRequests: true,
    connections: () => sockets.size,
    stop: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return collector;
}
