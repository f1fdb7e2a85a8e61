import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { Attributes } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { isNumberData } from './metric-data.ts';
import type { OtlpResponse } from './otlp-response.ts';

/** OTLP over HTTP; its gRPC is not supported. */
export const otlpProtocols = ['http/protobuf', 'http/json'] as const;
export type OtlpProtocol = (typeof otlpProtocols)[number];

/** How requests and responses of a protocol are encoded. */
export interface OtlpEncoding {
  readonly contentType: string;
  /** One request, in which the data points of each container are below its own resource. */
  serializeRequest(request: ResourceMetrics): Uint8Array;
  deserializeResponse(data: Uint8Array): OtlpResponse;
}

const jsonBegin = '{"resourceMetrics":[';
const jsonEnd = ']}';

export const otlpEncodings: Readonly<Record<OtlpProtocol, OtlpEncoding>> = {
  'http/protobuf': {
    contentType: 'application/x-protobuf',
    // Protobuf messages one after another are one message with all of their fields.
    serializeRequest: (request) => Buffer.concat(splitByResource(request).map(protobufRequest)),
    deserializeResponse: (data) => ProtobufMetricsSerializer.deserializeResponse(data),
  },
  'http/json': {
    contentType: 'application/json',
    serializeRequest: (request) => {
      const bodies = splitByResource(request).map((one) => jsonRequest(one).slice(jsonBegin.length, -jsonEnd.length));
      return Buffer.from(`${jsonBegin}${bodies.join(',')}${jsonEnd}`);
    },
    deserializeResponse: (data) => JsonMetricsSerializer.deserializeResponse(data),
  },
};

function protobufRequest(request: ResourceMetrics): Uint8Array {
  return ProtobufMetricsSerializer.serializeRequest(request) ?? new Uint8Array();
}

function jsonRequest(request: ResourceMetrics): string {
  return Buffer.from(JsonMetricsSerializer.serializeRequest(request) ?? []).toString();
}

/**
 * Makes a resource of each container that the data points are of, as the Collector's groupbyattrs processor does: the SDK
 * has one resource for all. What is of no container stays below that.
 */
function splitByResource({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics[] {
  const byIdentity = new Map<Attributes | undefined, ScopeMetrics[]>();
  for (const { scope, metrics } of scopeMetrics) {
    const ofScope = new Map<Attributes | undefined, MetricData[]>();
    for (const metric of metrics.filter(isNumberData)) {
      const points = Map.groupBy(metric.dataPoints, ({ owner }) => owner?.resource);
      for (const [identity, dataPoints] of points) append(ofScope, identity, { ...metric, dataPoints });
    }
    for (const [identity, own] of ofScope) append(byIdentity, identity, { scope, metrics: own });
  }
  return [...byIdentity].map(([identity, own]) => ({
    resource: identity === undefined ? resource : resourceFromAttributes(identity),
    scopeMetrics: own,
  }));
}

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
