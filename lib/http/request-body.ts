import type { IncomingMessage, ServerResponse } from 'node:http';

/** Bytes of a body that are read and dropped, so that the connection can be kept. */
const maxBodyBytes = 64 * 1024;

/**
 * No endpoint reads a body; one that is sent all the same must not wait in a buffer. One that goes on and on costs
 * memory even where each piece is dropped: it ends the connection once the request is answered.
 */
export function discardBody(request: IncomingMessage, response: ServerResponse): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBodyBytes) return;
    request.pause();
    if (response.writableFinished) request.destroy();
    else response.once('finish', () => request.destroy());
  });
}
