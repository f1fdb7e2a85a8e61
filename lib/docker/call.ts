import http, { type IncomingHttpHeaders, IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import Docker from 'dockerode';
import type { ConnectionOptions } from './address.ts';
import { readError } from './body.ts';
import { EngineError } from './errors.ts';

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
function senderFor(route: ConnectionOptions): (options: RequestOptions, callback: AnswerCallback) => void {
  const { request } = route.protocol === 'https' ? https : http;
  // A list is written as it is; of an object node:http checks each header, and finds out the host, for every request.
  const headers = ['Host', hostHeader(route)];
  const send = ({ signal, ...options }: RequestOptions, callback: AnswerCallback): void => {
    let isAnswered = false;
    const sent = request({ ...options, headers }, (response) => {
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

/** What a request has as its host: with the port unless that is the usual one of the protocol. */
function hostHeader({ protocol, host = 'localhost', port }: ConnectionOptions): string {
  const usualPort = protocol === 'https' ? '443' : '80';
  return port === undefined || port === usualPort ? host : `${host}:${port}`;
}

/** How long a call may take, its body included, and what else may end it. */
export interface CallLimits {
  readonly milliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** A complete answer of status 200, and what was read of it. */
export interface Answer<Body> {
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
}

/** Reads the body of an answer of status 200. */
export type ReadBody<Body> = (response: IncomingMessage) => Promise<Body>;

/** One GET, body included. Rejects with an EngineError, or with what `read` rejects with. */
export async function call<Body>(
  modem: Modem,
  path: string,
  query: Record<string, string>,
  limits: CallLimits,
  read: ReadBody<Body>,
): Promise<Answer<Body>> {
  const controller = new AbortController();
  try {
    return await within(limits, path, () => exchange(modem, path, query, controller.signal, read));
  } catch (error) {
    // With a reason of its own: making the usual one takes time.
    controller.abort(error);
    throw error;
  }
}

/** Waits for a call to the path. Where the limits end first it rejects with an EngineError, and the call goes on. */
export async function within<Value>(
  { milliseconds, signal }: CallLimits,
  path: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const cancellation = (): EngineError => new EngineError('cancelled', `GET ${path}: cancelled`);
  if (signal?.aborted === true) throw cancellation();

  const end = Promise.withResolvers<never>();
  const cancel = (): void => end.reject(cancellation());
  const expire = (): void =>
    end.reject(new EngineError('timeout', `GET ${path}: no complete answer within ${milliseconds / 1000} s`));
  const timer = setTimeout(expire, milliseconds);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await Promise.race([end.promise, make()]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

async function exchange<Body>(
  modem: Modem,
  path: string,
  query: Record<string, string>,
  abortSignal: AbortSignal,
  read: ReadBody<Body>,
): Promise<Answer<Body>> {
  const response = await open(modem, path, query, abortSignal);
  await assertOk(path, response);
  return { headers: response.headers, body: await read(response) };
}

/** Sends one GET and resolves with the answer's headers, its body unread. Rejects with an EngineError when there is none. */
export function open(
  modem: Modem,
  path: string,
  query: Record<string, string>,
  abortSignal: AbortSignal,
): Promise<IncomingMessage> {
  const hasQuery = Object.keys(query).length > 0;
  return new Promise((resolve, reject) => {
    modem.dial(
      {
        path: hasQuery ? `${path}?` : path,
        method: 'GET',
        ...(hasQuery ? { options: query } : {}),
        abortSignal,
      },
      (error, response) => {
        if (response instanceof IncomingMessage) resolve(response);
        else reject(new EngineError('unreachable', `GET ${path}: ${reasonOf(error)}`));
      },
    );
  });
}

/** Rejects with an EngineError, and the reason that the engine or its proxy gives, when the status is not 200. */
export async function assertOk(path: string, response: IncomingMessage): Promise<void> {
  const { statusCode: status } = response;
  if (status === 200) return;
  const body = await readError(path, response);
  throw new EngineError('status', `GET ${path}: status ${status}${errorText(body)}`, status);
}

/** An engine explains itself as `{"message": …}`, a proxy with a page. Those are long; a log line is not. */
function errorText(body: string): string {
  const message = messageIn(body) ?? body;
  const line = (message.trim().split('\n', 1)[0] ?? '').slice(0, 200);
  return line === '' ? '' : `: ${line}`;
}

function messageIn(body: string): string | undefined {
  try {
    const { message } = Object(JSON.parse(body));
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

/**
 * OpenSSL's own messages are long and hold memory addresses. A host tried at several addresses fails with an error
 * that has a code only.
 */
function reasonOf(error: (Error & { readonly code?: string }) | null): string {
  if (error === null) return 'no answer';
  const tlsReason = /:SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1];
  if (tlsReason !== undefined) return `TLS: ${tlsReason}`;
  return error.message === '' ? (error.code ?? error.name) : error.message;
}
