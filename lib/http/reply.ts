import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from './accept.ts';

/** An answer, complete before its first byte is sent. */
export interface Reply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  /** Bytes that several requests get are compressed once for all of them. */
  readonly body: string | Buffer;
}

/** One line of plain text. */
export function textReply(status: number, line: string, headers: OutgoingHttpHeaders = {}): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: `${line}\n` };
}

export function jsonReply(value: unknown): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(value)}\n`,
  };
}

/** Below this, compression saves no packet. */
const minCompressedBytes = 1_024;

/** How long a client may take to read an answer. */
const readTimeoutMs = 30_000;

const gzipInThreadPool = promisify(gzip);

/** Of 1 to 9: an exposition gets a quarter larger than at the usual 6, for two fifths of the work. */
const gzipLevel = 3;
const compressed = new WeakMap<Buffer, Promise<Buffer>>();

/**
 * Sends a reply; to a HEAD request without its body. `extra` headers go over those of every reply, but not over what
 * describes the body. A client that does not read is cut off.
 */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Reply,
  extra: OutgoingHttpHeaders = {},
): Promise<void> {
  const plain = typeof body === 'string' ? Buffer.from(body) : body;
  const zipped = plain.length >= minCompressedBytes && acceptsGzip(request.headers['accept-encoding']?.toString());
  const bytes = zipped ? await compress(plain) : plain;
  response.writeHead(status, {
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    ...headers,
    ...extra,
    ...(zipped && { 'content-encoding': 'gzip' }),
    'content-length': bytes.length,
  });
  const deadline = setTimeout(() => response.destroy(), readTimeoutMs).unref();
  response.once('close', () => clearTimeout(deadline));
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function compress(plain: Buffer): Promise<Buffer> {
  const known = compressed.get(plain);
  if (known !== undefined) return known;
  const pending = gzipInThreadPool(plain, { level: gzipLevel });
  compressed.set(plain, pending);
  return pending;
}
