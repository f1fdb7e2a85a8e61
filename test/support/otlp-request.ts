import protobuf from 'protobufjs';

/** The fields of ExportMetricsServiceRequest that this project sends (opentelemetry-proto 1.x), by their numbers. */
const schema = `
  syntax = "proto3";
  message Request { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
  message Scope { string name = 1; string version = 2; }
  message Metric {
    string name = 1; string description = 2; string unit = 3;
    oneof data { Gauge gauge = 5; Sum sum = 7; }
  }
  message Gauge { repeated Point data_points = 1; }
  message Sum { repeated Point data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
  message Point {
    repeated KeyValue attributes = 7;
    fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
    oneof value { double as_double = 4; sfixed64 as_int = 6; }
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; ArrayValue array_value = 5; } }
  message ArrayValue { repeated AnyValue values = 1; }
`;

const requestType = protobuf.parse(schema, { keepCase: false }).root.lookupType('Request');

type AttributeValue = string | readonly AttributeValue[];

export type AttributeRecord = Readonly<Record<string, AttributeValue>>;

/** One data point with all that it was sent under. */
export interface SentPoint {
  readonly resource: AttributeRecord;
  readonly name: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'counter' | 'upDownCounter';
  readonly temporality: 'none' | 'delta' | 'cumulative';
  readonly attributes: AttributeRecord;
  /** Unix seconds. */
  readonly start: number;
  readonly end: number;
  readonly value: number;
}

interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}

interface AnyValue {
  readonly stringValue?: string;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
}

interface Point {
  readonly attributes?: readonly KeyValue[];
  /** Strings in JSON. */
  readonly startTimeUnixNano?: number | string;
  readonly timeUnixNano?: number | string;
  readonly asDouble?: number;
  readonly asInt?: number;
}

interface Sum {
  readonly dataPoints?: readonly Point[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}

interface Metric {
  readonly name: string;
  readonly unit?: string;
  readonly gauge?: { readonly dataPoints?: readonly Point[] };
  readonly sum?: Sum;
}

interface Request {
  readonly resourceMetrics?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeMetrics?: readonly { readonly metrics?: readonly Metric[] }[];
  }[];
}

/** Every data point of a request, in the encoding that its content type names. Throws when it is not that. */
export function pointsOfRequest(body: Uint8Array, contentType = 'application/x-protobuf'): SentPoint[] {
  const request: Request =
    contentType === 'application/json'
      ? JSON.parse(Buffer.from(body).toString())
      : requestType.toObject(requestType.decode(body), { longs: Number });
  return (request.resourceMetrics ?? []).flatMap(({ resource, scopeMetrics = [] }) => {
    const identity = attributesOf(resource?.attributes);
    return scopeMetrics.flatMap(({ metrics = [] }) => metrics).flatMap((metric) => pointsOfMetric(metric, identity));
  });
}

function pointsOfMetric({ name, unit = '', gauge, sum }: Metric, resource: AttributeRecord): SentPoint[] {
  const kind = sum === undefined ? 'gauge' : sum.isMonotonic === true ? 'counter' : 'upDownCounter';
  const temporality = (['none', 'delta', 'cumulative'] as const)[sum?.aggregationTemporality ?? 0] ?? 'none';
  return ((sum ?? gauge)?.dataPoints ?? []).map((point) => ({
    resource,
    name,
    unit,
    kind,
    temporality,
    attributes: attributesOf(point.attributes),
    start: Number(point.startTimeUnixNano ?? 0) / 1e9,
    end: Number(point.timeUnixNano ?? 0) / 1e9,
    value: point.asDouble ?? point.asInt ?? 0,
  }));
}

function attributesOf(pairs: readonly KeyValue[] = []): AttributeRecord {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf({ stringValue = '', arrayValue }: AnyValue = {}): AttributeValue {
  return arrayValue === undefined ? stringValue : (arrayValue.values ?? []).map(valueOf);
}
