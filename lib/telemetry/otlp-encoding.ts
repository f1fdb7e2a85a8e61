import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { OtlpResponse } from './otlp-response.ts';

/** OTLP over HTTP; its gRPC is not supported. */
export const otlpProtocols = ['http/protobuf', 'http/json'] as const;
export type OtlpProtocol = (typeof otlpProtocols)[number];

/** How requests and responses of a protocol are encoded. */
export interface OtlpEncoding {
  readonly contentType: string;
  /** All resources as one request, although the SDK's serializers take only one. */
  serialize(resources: readonly ResourceMetrics[]): Uint8Array;
  deserializeResponse(data: Uint8Array): OtlpResponse;
}

const jsonBegin = '{"resourceMetrics":[';
const jsonEnd = ']}';

export const otlpEncodings: Readonly<Record<OtlpProtocol, OtlpEncoding>> = {
  'http/protobuf': {
    contentType: 'application/x-protobuf',
    // Protobuf messages one after another are one message with all of their fields.
    serialize: (resources) => Buffer.concat(resources.map(protobufRequest)),
    deserializeResponse: (data) => ProtobufMetricsSerializer.deserializeResponse(data),
  },
  'http/json': {
    contentType: 'application/json',
    serialize: (resources) => {
      const bodies = resources.map((resource) => jsonRequest(resource).slice(jsonBegin.length, -jsonEnd.length));
      return Buffer.from(`${jsonBegin}${bodies.join(',')}${jsonEnd}`);
    },
    deserializeResponse: (data) => JsonMetricsSerializer.deserializeResponse(data),
  },
};

function protobufRequest(resource: ResourceMetrics): Uint8Array {
  return ProtobufMetricsSerializer.serializeRequest(resource) ?? new Uint8Array();
}

function jsonRequest(resource: ResourceMetrics): string {
  return Buffer.from(JsonMetricsSerializer.serializeRequest(resource) ?? []).toString();
}
