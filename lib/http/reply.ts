import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from './accept.ts';
import type { UnsentPages } from './unsent-pages.ts';

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

/** How long a client may read nothing of an answer. */
const readTimeoutMs = 30_000;

/** Bytes that are sent at a time, so that it shows whether the client reads, and so that no more are encrypted at once. */
const pieceBytes = 64 * 1024;

const gzipInThreadPool = promisify(gzip);

/** Of 1 to 9: an exposition gets a quarter larger than at the usual 6, for two fifths of the work. */
const gzipLevel = 3;
const compressed = new WeakMap<Buffer, Promise<Buffer>>();

export interface SendOptions {
  /** These go over the headers of every reply, but not over what describes the body. */
  readonly headers?: OutgoingHttpHeaders | undefined;
  /** Bounds what clients have not read. */
  readonly pages?: UnsentPages | undefined;
}

const noRoom = textReply(503, 'too much is waiting to be read by slow clients, retry later', { 'retry-after': '1' });

/** Sends a reply; to a HEAD request without its body. A client that does not read is cut off. */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  { headers: extra, pages }: SendOptions = {},
): Promise<void> {
  const { status, headers, body } = reply;
  const isHead = request.method === 'HEAD';
  const plain = typeof body === 'string' ? Buffer.from(body) : body;
  const zipped = plain.length >= minCompressedBytes && acceptsGzip(request.headers['accept-encoding']?.toString());
  const bytes = zipped ? await compress(plain) : plain;
  if (!isHead && pages?.charge(response, bytes) === false) return send(request, response, noRoom, { headers: extra });
  response.writeHead(status, {
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    ...headers,
    ...extra,
    ...(zipped && { 'content-encoding': 'gzip' }),
    'content-length': bytes.length,
  });
  if (isHead) response.end();
  else if (!response.destroyed) sendInPieces(response, bytes, pages);
}

/** Sends the body as fast as the client reads. */
function sendInPieces(response: ServerResponse, body: Buffer, pages: UnsentPages | undefined): void {
  const giveUp = (): void => (pages === undefined ? void response.destroy() : pages.drop(response));
  const deadline = setTimeout(giveUp, readTimeoutMs).unref();
  response.once('close', () => clearTimeout(deadline));
  let offset = 0;
  const sendMore = (): void => {
    deadline.refresh();
    pages?.noteProgress(response);
    for (;;) {
      const piece = body.subarray(offset, offset + pieceBytes);
      offset += pieceBytes;
      if (offset >= body.length) {
        response.end(piece);
        return;
      }
      if (!response.write(piece)) return;
    }
  };
  response.on('drain', () => offset < body.length && sendMore());
  sendMore();
}

function compress(plain: Buffer): Promise<Buffer> {
  const known = compressed.get(plain);
  if (known !== undefined) return known;
  const pending = gzipInThreadPool(plain, { level: gzipLevel });
  compressed.set(plain, pending);
  return pending;
}
