import { Agent as PlainAgent, request as requestPlainly } from 'node:http';
import { Agent as SecureAgent, request as requestSecurely } from 'node:https';
import { gunzipSync } from 'node:zlib';

/** Where the agent listens. */
export interface Target {
  readonly port: number;
  readonly isSecure: boolean;
  /** Sent with each request, whether or not it is asked for. */
  readonly authorization?: string;
}

/** The connection that a scraper keeps from one scrape to the next. */
const kept = { plain: new PlainAgent({ keepAlive: true }), secure: new SecureAgent({ keepAlive: true }) };

/**
 * Asks as Prometheus does, on a connection of its own unless it is to be `kept`; rejects where there is no whole answer in
 * time.
 */
export async function ask(
  { port, isSecure, authorization }: Target,
  path: string,
  timeoutMs = 10_000,
  connection: 'own' | 'kept' = 'own',
): Promise<{ status: number; body: string }> {
  const request = isSecure ? requestSecurely : requestPlainly;
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path,
      agent: connection === 'kept' && (isSecure ? kept.secure : kept.plain),
      rejectUnauthorized: false,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'accept-encoding': 'gzip',
        'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1_000),
        ...(authorization !== undefined && { authorization }),
      },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const read = (chunks: Buffer[]): void => {
        const bytes = Buffer.concat(chunks);
        const body = response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
        resolve({ status: response.statusCode ?? 0, body: body.toString() });
      };
      response.toArray().then(read).catch(reject);
    });
    sent.end();
  });
}
