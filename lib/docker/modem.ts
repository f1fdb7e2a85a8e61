import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import Docker from 'dockerode';
import type { ConnectionOptions } from './address.ts';

/** What dockerode sends its requests with. */
export type Modem = Docker['modem'];

type AnswerCallback = (error: Error | null, response: IncomingMessage | null) => void;

/**
 * dockerode's modem for a route. `apiVersion` such as `1.41` or `v1.41`, or an empty string.
 * The route has the last word: left to itself, docker-modem prefers DOCKER_HOST and reads files that it names.
 */
export function modemFor(route: ConnectionOptions, apiVersion: string): Modem {
  const { DOCKER_HOST } = process.env;
  delete process.env.DOCKER_HOST;
  try {
    const { modem } = new Docker({
      ...route,
      ...(apiVersion === '' ? {} : { version: apiVersion.startsWith('v') ? apiVersion : `v${apiVersion}` }),
    });
    const send = senderFor(route);
    return Object.assign(modem, {
      buildRequest: (options: RequestOptions, _context: unknown, _data: unknown, callback: AnswerCallback) =>
        send(options, callback),
    });
  } finally {
    if (DOCKER_HOST !== undefined) process.env.DOCKER_HOST = DOCKER_HOST;
  }
}

/**
 * Stands in for docker-modem's own sender, which follows redirects without listening for their errors, takes the
 * body of an error at any size, and renders the options of every request, agent and sockets and all, for a debug line.
 * A request on a kept connection that the other side was just closing is sent again.
 */
function senderFor({ protocol }: ConnectionOptions): (options: RequestOptions, callback: AnswerCallback) => void {
  const { request } = protocol === 'https' ? https : http;
  const send = ({ signal, ...options }: RequestOptions, callback: AnswerCallback): void => {
    let isAnswered = false;
    const sent = request(options, (response) => {
      isAnswered = true;
      callback(null, response);
    });
    sent.on('error', (error) => {
      const wasClosing = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      const isWanted = !isAnswered && signal?.aborted !== true;
      if (wasClosing && sent.reusedSocket && isWanted) send({ ...options, signal }, callback);
      else callback(error, null);
    });
    // node:http would watch the signal with half a dozen listeners a request.
    signal?.addEventListener('abort', () => sent.destroy(), { once: true });
    sent.end();
  };
  return send;
}
