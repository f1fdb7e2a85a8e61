import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Reply, send, textReply } from './reply.ts';
import { discardBody } from './request-body.ts';
import type { UnsentPages } from './unsent-pages.ts';

/** Answers a GET or HEAD that arrived at `arrivedAt`, in milliseconds of performance.now(). */
export type Endpoint = (request: IncomingMessage, arrivedAt: number) => Promise<Reply> | Reply;

export type Endpoints = ReadonlyMap<string, Endpoint>;

/** Answers requests that may not reach a path, known or not; undefined lets them through. */
export type Guard = (path: string, request: IncomingMessage) => Promise<Reply | undefined>;

export interface HandlerOptions {
  readonly endpoints: Endpoints;
  readonly guard?: Guard | undefined;
  /** Headers that go with every answer. */
  readonly headers?: () => OutgoingHttpHeaders;
  /** Bounds what clients have not read. */
  readonly pages?: UnsentPages;
  readonly onError: (path: string, error: unknown) => void;
}

/** Turns a table of paths into a request handler that answers everything and never throws. */
export function createRequestHandler({
  endpoints,
  guard,
  headers,
  pages,
  onError,
}: HandlerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const answer = async (path: string, request: IncomingMessage): Promise<Reply> => {
    const arrivedAt = performance.now();
    const refusal = refuseMalformed(request) ?? (await guard?.(path, request));
    if (refusal !== undefined) return refusal;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return textReply(405, 'method not allowed, use GET or HEAD', { allow: 'GET, HEAD' });
    }
    const found = endpoints.get(path);
    return found === undefined ? textReply(404, 'not found') : found(request, arrivedAt);
  };
  return (request, response) => {
    const path = pathOf(request.url ?? '');
    if (isFlood(request, response)) return;
    discardBody(request, response);
    // A client that breaks off in the middle of its own body is no error of ours.
    request.on('error', () => {});
    answer(path, request)
      .catch((error: unknown) => {
        onError(path, error);
        return textReply(500, 'internal error');
      })
      .then((reply) => send(request, response, reply, { headers: headers?.(), pages }))
      .catch((error: unknown) => {
        onError(path, error);
        response.destroy();
      });
  };
}

/** The path of a request's target, which may be a whole URI (RFC 9112, 3.2.2); neither decoded nor resolved. */
export function pathOf(target: string): string {
  const [path = ''] = target.split('?', 1);
  const [whole, inUri = ''] = /^https?:\/\/[^/]*(\/.*)?$/i.exec(path) ?? [];
  if (whole === undefined) return path;
  return inUri === '' ? '/' : inUri;
}

/** Refuses what Node.js lets through and HTTP does not (RFC 9112, 2.3 and 3.2). */
function refuseMalformed({ httpVersionMajor, headersDistinct }: IncomingMessage): Reply | undefined {
  const { host = [] } = headersDistinct;
  if (httpVersionMajor !== 1) return textReply(505, 'use HTTP/1.1', { connection: 'close' });
  if (host.length > 1 || !/^[\w.~%!$&'()*+,;=:[\]-]*$/.test(host[0] ?? '')) {
    return textReply(400, 'invalid Host header', { connection: 'close' });
  }
  return undefined;
}

/** Requests of one connection that may wait for their answers. Node.js begins all that arrive, however many. */
const maxPipelined = 16;
const waiting = new WeakMap<Socket, number>();

/** Ends a connection that asks far more than it waits for; what it asked is not answered. */
function isFlood({ socket }: IncomingMessage, response: ServerResponse): boolean {
  if (socket.destroyed) return true;
  const count = (waiting.get(socket) ?? 0) + 1;
  waiting.set(socket, count);
  response.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
  if (count > maxPipelined) socket.destroy();
  return count > maxPipelined;
}
