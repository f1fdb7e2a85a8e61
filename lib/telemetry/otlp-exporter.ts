import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createSecureContext } from 'node:tls';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPMetricExporterBase } from '@opentelemetry/exporter-metrics-otlp-http';
import { createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { emptyResource } from '@opentelemetry/resources';
import { AggregationTemporality, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { readPemFile } from '../config/files.ts';
import { messageOf } from '../error-message.ts';
import { type OtlpProtocol, otlpEncodings } from './otlp-encoding.ts';
import { type PartialSuccess, boundResponses, failureReason, partialSuccessOf } from './otlp-response.ts';

export interface OtlpExporterOptions {
  readonly url: string;
  readonly protocol: OtlpProtocol;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  /** Timeout of a push, retries included. */
  readonly timeoutMs: number;
  /** PEM files; an empty string for none. */
  readonly certificateFile: string;
  readonly clientCertificateFile: string;
  readonly clientKeyFile: string;
}

export type Outcome =
  | { readonly ok: true; readonly partialSuccess: PartialSuccess | undefined }
  | { readonly ok: false; readonly reason: string };

export interface OtlpExporter {
  /** Sends all resources as one request, and repeats it while that may help and there is time. Never rejects. */
  send(resources: readonly ResourceMetrics[]): Promise<Outcome>;
  /** Breaks off what is under way. */
  close(): void;
}

/**
 * OTLP over HTTP through the SDK's exporter: it compresses, and retries with back-off, or after Retry-After, what may be
 * retried (429, 502, 503, 504, broken connections). Throws when a TLS file can't be used.
 */
export function createOtlpExporter(options: OtlpExporterOptions): OtlpExporter {
  const { url, protocol, headers, compression, timeoutMs } = options;
  const encoding = otlpEncodings[protocol];
  const agent = createAgent(options);
  const beginResponses = boundResponses(agent);
  const configuration = {
    url,
    headers: async () => ({ ...headers, 'Content-Type': encoding.contentType }),
    compression,
    timeoutMillis: timeoutMs,
    concurrencyLimit: 1,
    agentFactory: () => agent,
  };

  return {
    // An SDK exporter for each push over the same connections: a late answer to one can't be taken for the next one's.
    send: async (resources) => {
      beginResponses();
      let partialSuccess: PartialSuccess | undefined;
      const serializer = {
        serializeRequest: () => encoding.serialize(resources),
        // The SDK would log a partial success at every push, and with all of its bytes what it can't decode.
        deserializeResponse: (data: Uint8Array) => {
          try {
            partialSuccess = partialSuccessOf(encoding.deserializeResponse(data));
          } catch {
            // The status said that it was accepted.
          }
          return {};
        },
      };
      const delegate = createOtlpHttpExportDelegate<ResourceMetrics, object>(
        configuration,
        serializer,
        'otlp_http_metric_exporter',
        { name: 'metric_data_point', countItems: () => 0 },
        undefined,
      );
      const exporter = new OTLPMetricExporterBase(delegate, {
        temporalityPreference: AggregationTemporality.CUMULATIVE,
      });
      const { promise, resolve } = Promise.withResolvers<ExportResult | 'late'>();
      try {
        exporter.export(oneResource, resolve);
      } catch (error) {
        resolve({ code: ExportResultCode.FAILED, error: new Error(messageOf(error)) });
      }
      // The SDK's own timeout starts again with every byte that arrives.
      const timer = setTimeout(() => resolve('late'), timeoutMs);
      const result = await promise;
      clearTimeout(timer);
      if (result === 'late') {
        agent.destroy();
        return { ok: false, reason: `no answer within ${timeoutMs} ms` };
      }
      if (result.code !== ExportResultCode.SUCCESS) return { ok: false, reason: failureReason(result.error) };
      return { ok: true, partialSuccess };
    },
    close: () => agent.destroy(),
  };
}

/** What the SDK's exporter is given: it exports one resource, and the serializer sends all of a push. */
const oneResource: ResourceMetrics = { resource: emptyResource(), scopeMetrics: [] };

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
