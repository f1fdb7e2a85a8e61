import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Reply, send, textReply } from './reply.ts';

/** Answers a GET or HEAD. */
export type Route = (request: IncomingMessage) => Promise<Reply> | Reply;

export type Routes = ReadonlyMap<string, Route>;

/** Turns a table of paths into a request handler that answers everything and never throws. */
export function createRequestHandler(
  routes: Routes,
  onError: (path: string, error: unknown) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const route = routes.get(path);
    if (route === undefined) return textReply(404, 'not found');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return textReply(405, 'method not allowed, use GET or HEAD', { allow: 'GET, HEAD' });
    }
    try {
      return await route(request);
    } catch (error) {
      onError(path, error);
      return textReply(500, 'internal error');
    }
  };
  return (request, response) => {
    // Nothing here reads a body; what a client sends all the same must not wait in a buffer.
    request.resume();
    void answer(request).then((reply) => send(request, response, reply));
  };
}
