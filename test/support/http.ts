import { once } from 'node:events';
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { createServer } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One plain request, without a kept connection, decompression or following of redirects. */
export function send(options: RequestOptions, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The JSON that a GET at a unix socket is answered with. Rejects unless it is a 200. */
export async function getJson<Body>(socketPath: string, path: string): Promise<Body> {
  const { status, body } = await send({ socketPath, path });
  if (status !== 200) throw new Error(`${path} answered ${status}: ${body.toString()}`);
  return JSON.parse(body.toString());
}

/** A port of 127.0.0.1 that was free just now, for programs that do not tell which one they took for 0. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
