import Docker from 'dockerode';
import type { Dispatcher } from 'undici';
import { type BodyLimits, type BodyReader, errorReader } from './body.ts';
import type { Connection, Connections } from './connections.ts';
import type { AnswerHeaders } from './engine.ts';
import { EngineError } from './errors.ts';

/** Where calls go, how their paths are written, and how much of the answers is read. */
export interface Route {
  readonly connections: Connections;
  readonly modem: Docker['modem'];
  readonly bodyLimits: BodyLimits;
}

/**
 * dockerode's modem, which writes the paths of calls. Sending them is left to undici: docker-modem's own sender follows
 * redirects without listening for their errors, takes the body of an error at any size, and renders the options of every
 * request for a debug line. `apiVersion` such as `1.41` or `v1.41`, or an empty string.
 */
export function modemFor(apiVersion: string): Docker['modem'] {
  // Left to itself, docker-modem takes the address from here, and reads files that it names.
  const { DOCKER_HOST } = process.env;
  delete process.env.DOCKER_HOST;
  try {
    const { modem } = new Docker({
      // The path of a call is the same at any address; at a host, it would be taken apart and put together again.
      socketPath: '/',
      ...(apiVersion === '' ? {} : { version: apiVersion.startsWith('v') ? apiVersion : `v${apiVersion}` }),
    });
    return Object.assign(modem, {
      buildRequest: (request: RequestOptions, _context: unknown, _data: unknown, callback: RequestCallback) =>
        callback(null, request),
    });
  } finally {
    if (DOCKER_HOST !== undefined) process.env.DOCKER_HOST = DOCKER_HOST;
  }
}

/** Of what docker-modem makes of a call, what is used. */
interface RequestOptions {
  readonly path: string;
}

type RequestCallback = (error: null, request: RequestOptions) => void;

/** How long a call may take, its body included, and what else may end it. */
export interface CallLimits {
  readonly milliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** A complete answer of status 200, and what was read of it. */
export interface Answer<Body> {
  readonly headers: AnswerHeaders;
  readonly body: Body;
}

/** One GET, body included. Rejects with an EngineError, or with what the reader throws. */
export async function call<Body>(
  route: Route,
  path: string,
  query: Record<string, string>,
  limits: CallLimits,
  reader: BodyReader<Body>,
): Promise<Answer<Body>> {
  const exchange = new Exchange(route, path, query, reader);
  try {
    return await within(limits, path, () => exchange.begin());
  } catch (error) {
    exchange.abort();
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
    end.reject(
      new EngineError(
        'timeout',
        `GET ${path}: no complete answer within ${Number((milliseconds / 1000).toFixed(3))} s`,
      ),
    );
  const timer = setTimeout(expire, milliseconds);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await Promise.race([end.promise, make()]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

/** What ends a call that is given up. It is made once, since undici would make one for each, with its stack. */
const abortReason = new Error('given up');

/** One GET from its beginning to its end. The methods whose names begin with `on` are for undici. */
export class Exchange<Body> implements Dispatcher.DispatchHandler {
  readonly #route: Route;
  readonly #path: string;
  readonly #query: Record<string, string>;
  readonly #answer = Promise.withResolvers<Answer<Body>>();
  #reader: BodyReader<Body>;
  /** The path with all that dockerode adds to it. */
  #target = '';
  #connection: Connection | undefined;
  #wasKept = false;
  #controller: Dispatcher.DispatchController | undefined;
  #headers: AnswerHeaders | undefined;
  #isAborted = false;

  constructor(route: Route, path: string, query: Record<string, string>, reader: BodyReader<Body>) {
    this.#route = route;
    this.#path = path;
    this.#query = query;
    this.#reader = reader;
  }

  /** Sends it. Rejects with an EngineError, or with what the reader throws. */
  begin(): Promise<Answer<Body>> {
    const hasQuery = Object.keys(this.#query).length > 0;
    this.#route.modem.dial(
      {
        path: hasQuery ? `${this.#path}?` : this.#path,
        method: 'GET',
        ...(hasQuery ? { options: this.#query } : {}),
      },
      (_error, request) => {
        this.#target = (request as RequestOptions).path;
        this.#send();
      },
    );
    return this.#answer.promise;
  }

  /** Gives it up, and its connection with it. After its end it does nothing. */
  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort(abortReason);
  }

  #send(): void {
    const use = (connection: Connection): void => {
      this.#connection = connection;
      this.#wasKept = connection.isKept;
      if (this.#isAborted) connection.release(this.#wasKept);
      else connection.get(this.#target, this);
    };
    try {
      this.#route.connections.take(use);
    } catch (error) {
      this.#fail(error);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isAborted) controller.abort(abortReason);
  }

  onResponseStart(_controller: unknown, status: number, headers: AnswerHeaders): void {
    const isProvisional = status < 200;
    if (isProvisional) return;
    this.#headers = headers;
    if (status === 200) this.#reader.begin?.();
    else this.#reader = this.#errorReader(status, serverOf(headers));
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    try {
      this.#reader.take(bytes, controller);
    } catch (error) {
      this.#answer.reject(error);
      controller.abort(abortReason);
    }
  }

  onResponseEnd(): void {
    this.#connection?.release(true);
    try {
      this.#answer.resolve({ headers: this.#headers ?? {}, body: this.#reader.end() });
    } catch (error) {
      this.#answer.reject(error);
    }
    this.#reader.close?.();
  }

  onResponseError(_controller: unknown, error: Error & { readonly code?: string }): void {
    this.#connection?.release(false);
    const wasClosing = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(error.code ?? '');
    if (wasClosing && this.#wasKept && this.#headers === undefined) this.#send();
    else this.#fail(error);
  }

  #errorReader(status: number, server: string): BodyReader<never> {
    const { answers } = this.#route.bodyLimits;
    return errorReader(this.#path, answers, (body) => statusError(this.#path, status, server, body));
  }

  #fail(error: unknown): void {
    const isBegun = this.#headers !== undefined;
    const reason = isBegun ? 'the answer broke off' : reasonOf(error);
    this.#answer.reject(new EngineError(isBegun ? 'malformed' : 'unreachable', `GET ${this.#path}: ${reason}`));
    this.#reader.close?.();
  }
}

function statusError(path: string, status: number, server: string, body: string): EngineError {
  return new EngineError('status', `GET ${path}: status ${status}${server}${errorText(body)}`, status);
}

/** Who answered, where it says so and is no engine: those put their API version on every answer. */
function serverOf({ server, 'api-version': apiVersion }: AnswerHeaders): string {
  return typeof server !== 'string' || apiVersion !== undefined ? '' : ` from ${server.slice(0, 50)}`;
}

/** An engine explains itself as `{"message": …}`, a proxy with a page. */
function errorText(body: string): string {
  return firstWords(messageIn(body) ?? body);
}

/** The first line of a text after a colon, short enough for a log line; empty for an empty text. */
export function firstWords(text: string): string {
  const line = (text.trim().split('\n', 1)[0] ?? '').slice(0, 200);
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
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, name, code = name }: Error & { readonly code?: string } = error;
  const tlsReason = /:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1];
  if (tlsReason !== undefined) return `TLS: ${tlsReason}`;
  return message === '' ? code : message;
}
