import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createSecureContext } from 'node:tls';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPExporterError } from '@opentelemetry/otlp-exporter-base';
import { createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { type IExportMetricsServiceResponse, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { messageOf } from '../error-message.ts';

export interface TransportOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  /** The longest that a push may take with all attempts, in milliseconds. */
  readonly timeout: number;
  /** PEM files; an empty string for none. */
  readonly certificateFile: string;
  readonly clientCertificateFile: string;
  readonly clientKeyFile: string;
}

export type Outcome =
  | { readonly ok: true; readonly partly: { readonly rejected: number; readonly reason: string } | undefined }
  | { readonly ok: false; readonly reason: string };

export interface Transport {
  /** Sends all resources as one request, again and again while that may help and there is time. Never rejects. */
  send(resources: readonly ResourceMetrics[]): Promise<Outcome>;
  /** Breaks off what is under way. */
  close(): void;
}

/**
 * OTLP over HTTP in protobuf, with the SDK's own delegate: it compresses, and repeats with back-off, or after
 * Retry-After, what may be repeated (429, 502, 503, 504, broken connections). Throws when a TLS file can't be used.
 */
export function createTransport(options: TransportOptions): Transport {
  const { url, headers, compression, timeout } = options;
  const agent = createAgent(options);
  let response: IExportMetricsServiceResponse = {};
  const delegate = createOtlpHttpExportDelegate(
    {
      url,
      headers: async () => ({ ...headers, 'Content-Type': 'application/x-protobuf' }),
      compression,
      timeoutMillis: timeout,
      concurrencyLimit: 2,
      agentFactory: () => agent,
    },
    {
      serializeRequest: ({ resources }: Payload) => serialize(resources),
      // The delegate would log a partial success at every push.
      deserializeResponse: (data: Uint8Array) => {
        response = ProtobufMetricsSerializer.deserializeResponse(data);
        return {};
      },
    },
    'otlp_http_metric_exporter',
    { name: 'metric_data_point', countItems: () => 0 },
    undefined,
  );

  return {
    send: async (resources) => {
      response = {};
      const { promise, resolve } = Promise.withResolvers<ExportResult | 'late'>();
      try {
        delegate.export(payloadOf(resources), resolve);
      } catch (error) {
        resolve({ code: ExportResultCode.FAILED, error: error instanceof Error ? error : new Error(String(error)) });
      }
      // The delegate's own timeout starts anew with every byte that arrives.
      const alarm = setTimeout(() => resolve('late'), timeout);
      const result = await promise;
      clearTimeout(alarm);
      if (result === 'late') {
        agent.destroy();
        return { ok: false, reason: `no answer within ${timeout} ms` };
      }
      if (result.code !== ExportResultCode.SUCCESS) return { ok: false, reason: reasonFor(result.error) };
      const { rejectedDataPoints: rejected = 0, errorMessage: reason = '' } = response.partialSuccess ?? {};
      return { ok: true, partly: rejected > 0 ? { rejected, reason } : undefined };
    },
    close: () => agent.destroy(),
  };
}

interface Payload {
  readonly resources: readonly ResourceMetrics[];
  /** What the delegate's debug log shows of it. */
  readonly toJSON: () => string;
}

function payloadOf(resources: readonly ResourceMetrics[]): Payload {
  return { resources, toJSON: () => `${resources.length} resources` };
}

/**
 * The public serializer takes one resource. Its requests, one behind the other, are one request with all resources:
 * that is how protobuf merges messages.
 */
export function serialize(resources: readonly ResourceMetrics[]): Uint8Array {
  return Buffer.concat(
    resources.map((resource) => ProtobufMetricsSerializer.serializeRequest(resource) ?? new Uint8Array()),
  );
}

function createAgent(options: TransportOptions): HttpAgent {
  if (new URL(options.url).protocol === 'http:') return new HttpAgent({ keepAlive: true });
  const read = (file: string): Buffer | undefined => (file === '' ? undefined : readFileSync(file));
  const files = {
    ca: read(options.certificateFile),
    cert: read(options.clientCertificateFile),
    key: read(options.clientKeyFile),
  };
  try {
    createSecureContext(files);
  } catch (error) {
    const reason = messageOf(error);
    throw new Error(`otlp.certificate, otlp.client_certificate or otlp.client_key can't be used: ${reason}`, {
      cause: error,
    });
  }
  return new HttpsAgent({ keepAlive: true, ...files });
}

/** For people, without anything that was sent. */
function reasonFor(error: Error | undefined): string {
  if (error instanceof OTLPExporterError) {
    return error.code === undefined
      ? 'the collector asks to try again later (429, 502, 503 or 504)'
      : `HTTP ${error.code} ${error.message}`;
  }
  const code = error !== undefined && 'code' in error ? String(error.code) : 'unknown error';
  return error?.message ? error.message : code;
}
