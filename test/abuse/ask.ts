import { request as requestPlainly } from 'node:http';
import { request as requestSecurely } from 'node:https';

/** Where the agent listens. */
export interface Target {
  readonly port: number;
  readonly isSecure: boolean;
  /** Sent with each request, whether or not it is asked for. */
  readonly authorization?: string;
}

/** Asks on a connection of its own; rejects where there is no whole answer in time. */
export async function ask(
  { port, isSecure, authorization }: Target,
  path: string,
  timeoutMs = 10_000,
): Promise<{ status: number; body: string }> {
  const request = isSecure ? requestSecurely : requestPlainly;
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path,
      agent: false,
      rejectUnauthorized: false,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1_000),
        ...(authorization !== undefined && { authorization }),
      },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      response
        .toArray()
        .then(
          (chunks) => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
          reject,
        );
    });
    sent.end();
  });
}
