import { type IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { EngineError } from './errors.ts';
import type { Modem } from './modem.ts';

/** How long a call may take, its body included, and what else may end it. */
export interface CallLimits {
  readonly milliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** No engine answers anything near this; a body that does is not worth the memory. */
const maximumBodyBytes = 64 * 1024 * 1024;

/** A complete answer of status 200. */
export interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One GET, body included. Rejects with an EngineError and nothing else. */
export async function call(
  modem: Modem,
  path: string,
  query: Record<string, string>,
  { milliseconds, signal }: CallLimits,
): Promise<Answer> {
  const cancellation = (): EngineError => new EngineError('cancelled', `GET ${path}: cancelled`);
  if (signal?.aborted === true) throw cancellation();

  const controller = new AbortController();
  const end = Promise.withResolvers<never>();
  const cancel = (): void => end.reject(cancellation());
  const expire = (): void =>
    end.reject(new EngineError('timeout', `GET ${path}: no complete answer within ${milliseconds / 1000} s`));
  const timer = setTimeout(expire, milliseconds);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await Promise.race([end.promise, exchange(modem, path, query, controller.signal)]);
  } catch (error) {
    controller.abort();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

async function exchange(
  modem: Modem,
  path: string,
  query: Record<string, string>,
  abortSignal: AbortSignal,
): Promise<Answer> {
  return readAnswer(path, await open(modem, path, query, abortSignal));
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

/** Reads the body; throws an EngineError when the status is not 200. */
export async function readAnswer(path: string, response: IncomingMessage): Promise<Answer> {
  const body = await readBody(path, response);
  const { statusCode: status, headers } = response;
  if (status === 200) return { headers, body };
  throw new EngineError('status', `GET ${path}: status ${status}${errorText(body)}`, status);
}

/** Reads a body to its end. Rejects with an EngineError when it is cut short or too large. */
function readBody(path: string, response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maximumBodyBytes)
        reject(new EngineError('malformed', `GET ${path}: the answer is larger than 64 MiB`));
    });
    response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    response.on('error', () => reject(new EngineError('malformed', `GET ${path}: the answer broke off`)));
  });
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
