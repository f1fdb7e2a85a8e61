import type { Agent } from 'node:http';
import { OTLPExporterError } from '@opentelemetry/otlp-exporter-base';

/** Data points that the collector did not take from a request that it accepted, and why. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly reason: string;
}

/** What a collector answers to a request that it accepted. */
export interface OtlpResponse {
  readonly partialSuccess?: {
    /** In JSON it may be a string, as any 64-bit integer. */
    readonly rejectedDataPoints?: number | string;
    readonly errorMessage?: string;
  };
}

/** Undefined where the collector took everything, if with a warning. */
export function partialSuccessOf({ partialSuccess = {} }: OtlpResponse): PartialSuccess | undefined {
  const { rejectedDataPoints = 0, errorMessage = '' } = partialSuccess;
  const rejected = Number(rejectedDataPoints);
  return rejected > 0 ? { rejected, reason: oneLine(errorMessage) } : undefined;
}

/** Whether a collector answered that it will not take a request. */
export function isRefusal(error: Error | undefined): boolean {
  return error instanceof OTLPExporterError && error.code !== undefined;
}

/** Why a push failed, for people: the collector's own words where it has some, and nothing that was sent. */
export function failureReason(error: Error | undefined): string {
  if (error instanceof OTLPExporterError) {
    if (error.code === undefined) return 'the collector asks to retry later (429, 502, 503 or 504)';
    const words = oneLine(statusMessage(error.data ?? ''));
    return oneLine(`HTTP ${error.code} ${error.message}`) + (words === '' ? '' : `: ${words}`);
  }
  // A host that is tried at several addresses fails with an error that has a code only.
  const { message = '', code = 'unknown error' }: { message?: string; code?: unknown } = error ?? {};
  return oneLine(message === '' ? String(code) : message);
}

/** The message of a google.rpc.Status in JSON or protobuf, which the SDK decodes as UTF-8; else the text as it is. */
function statusMessage(body: string): string {
  // In protobuf: a byte of the tag and one of the code; then the tag of the message, one or two bytes of its length, itself.
  const tagAt = body.startsWith('\u0008') ? 2 : 0;
  if (body[tagAt] === '\u0012') {
    const [message = ''] = body.slice(tagAt + (body[tagAt + 1] === '\ufffd' ? 3 : 2)).split('\u001a', 1);
    return message;
  }
  const [, quoted] = /^\s*\{.*?"message"\s*:\s*("(?:[^"\\]|\\.)*")/s.exec(body) ?? [];
  return quoted === undefined ? body : parsedString(quoted);
}

function parsedString(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

/** Characters of a text from outside that are logged. */
const maxTextLength = 300;

/** Without control characters and marks of writing direction, each run of them and of spaces as one space, and cut. */
function oneLine(text: string): string {
  const line = text
    .slice(0, 4 * maxTextLength)
    .replaceAll(/[\s\p{Cc}\p{Cf}\p{Cs}\ufffd]+/gu, ' ')
    .trim();
  return line.length <= maxTextLength ? line : `${line.slice(0, maxTextLength - 1)}…`;
}

/** Bytes that may come over an agent's connections for one push, retries and headers included. Usual are a few hundred. */
const maxReceivedBytes = 64 * 1024;

/**
 * Closes a connection of the agent over which more than 64 KiB came since the function that it returns was called. The SDK
 * keeps up to 4 MiB of a response, which take hundreds in chunks of a byte; one that breaks off is a success to it where
 * its status was.
 */
export function boundResponses(agent: Agent): () => void {
  let received = 0;
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (...options) => {
    const socket = connect(...options);
    socket?.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > maxReceivedBytes) socket.destroy();
    });
    return socket;
  };
  return () => {
    received = 0;
  };
}
