import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createSecureContext } from 'node:tls';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPMetricExporterBase } from '@opentelemetry/exporter-metrics-otlp-http';
import { createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { AggregationTemporality, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { readPemFile } from '../config/files.ts';
import { messageOf } from '../error-message.ts';
import { type OtlpProtocol, otlpEncodings } from './otlp-encoding.ts';
import { type PartialSuccess, boundResponses, failureReason, isRefusal, partialSuccessOf } from './otlp-response.ts';

export interface OtlpExporterOptions {
  readonly url: string;
  readonly protocol: OtlpProtocol;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  /** Timeout of a request, retries included. */
  readonly timeoutMs: number;
  /** PEM files; an empty string for none. */
  readonly certificateFile: string;
  readonly clientCertificateFile: string;
  readonly clientKeyFile: string;
}

export type Outcome =
  | { readonly ok: true; readonly partialSuccess: PartialSuccess | undefined }
  /** `refused` where it was answered, so that another request may be taken. */
  | { readonly ok: false; readonly refused: boolean; readonly reason: string };

export interface OtlpExporter {
  /** Sends one request, and repeats it while that may help and there is time. Never rejects. */
  send(request: ResourceMetrics, timeLeftMs?: number): Promise<Outcome>;
  /** Breaks off what is under way. */
  close(): void;
}

/**
 * OTLP over HTTP through the SDK's exporter: it compresses, and retries with back-off, or after Retry-After, what may be
 * retried (429, 502, 503, 504, broken connections). Throws when a TLS file can't be used.
 */
export function createOtlpExporter(options: OtlpExporterOptions): OtlpExporter {
  const { url, protocol, headers, compression, timeoutMs } = options;
  const { contentType, serializeRequest, deserializeResponse } = otlpEncodings[protocol];
  const agent = createAgent(options);
  const beginResponses = boundResponses(agent);
  let partialSuccess: PartialSuccess | undefined;
  const delegate = createOtlpHttpExportDelegate<ResourceMetrics, object>(
    {
      url,
      headers: async () => ({ ...headers, 'Content-Type': contentType }),
      compression,
      timeoutMillis: timeoutMs,
      // A request that was given up may still wait for its next attempt.
      concurrencyLimit: Number.MAX_SAFE_INTEGER,
      agentFactory: () => agent,
    },
    {
      serializeRequest,
      // The SDK would log a partial success at every push, and with all of its bytes what it can't decode.
      deserializeResponse: (data) => {
        try {
          partialSuccess = partialSuccessOf(deserializeResponse(data));
        } catch {
          // The status said that it was accepted.
        }
        return {};
      },
    },
    'otlp_http_metric_exporter',
    { name: 'metric_data_point', countItems: () => 0 },
    undefined,
  );
  const exporter = new OTLPMetricExporterBase(delegate, { temporalityPreference: AggregationTemporality.CUMULATIVE });

  return {
    send: async (request, timeLeftMs = timeoutMs) => {
      beginResponses();
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      const finish = ({ code, error }: ExportResult): void => {
        // The SDK decodes a response and gives its result in one go.
        if (code === ExportResultCode.SUCCESS) resolve({ ok: true, partialSuccess });
        else resolve({ ok: false, refused: isRefusal(error), reason: failureReason(error) });
        partialSuccess = undefined;
      };
      try {
        exporter.export(request, finish);
      } catch (error) {
        resolve({ ok: false, refused: false, reason: messageOf(error) });
      }
      // The SDK's own timeout starts again with every byte that arrives.
      const timer = setTimeout(() => {
        resolve({ ok: false, refused: false, reason: `no answer within ${timeoutMs} ms` });
        agent.destroy();
      }, timeLeftMs);
      const outcome = await promise;
      clearTimeout(timer);
      return outcome;
    },
    close: () => agent.destroy(),
  };
}

function createAgent(options: OtlpExporterOptions): HttpAgent {
  if (new URL(options.url).protocol === 'http:') return new HttpAgent({ keepAlive: true });
  const read = (file: string): Buffer | undefined => (file === '' ? undefined : readPemFile(file));
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
