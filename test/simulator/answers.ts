import type { ServerResponse } from 'node:http';

/** From this size on the engine sends a body in chunks, below it with its length: Go's buffer for an answer. */
const BUFFER = 2048;

/** Sends a whole answer with the headers that the engine puts on everything. */
export function sendBody(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  body: string,
  status = 200,
): void {
  const framing: Record<string, string> =
    body.length < BUFFER ? { 'Content-Length': String(Buffer.byteLength(body)) } : { 'Transfer-Encoding': 'chunked' };
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers, ...framing });
  response.end(body);
}

/** Sends an error in the engine's form. */
export function sendMessage(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  status: number,
  message: string,
): void {
  sendBody(response, headers, JSON.stringify({ message }), status);
}

/** Sends the headers of an answer whose body comes bit by bit. */
export function beginBody(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  response.writeHead(200, { 'Content-Type': 'application/json', ...headers, 'Transfer-Encoding': 'chunked' });
  response.flushHeaders();
}
