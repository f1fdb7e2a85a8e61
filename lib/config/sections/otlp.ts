import type { Section } from '../setting.ts';

/** Variables as OpenTelemetry specifies them; those for metrics alone win over those for all signals. */
export const otlp = {
  enabled: {
    doc: 'Push metrics (also enabled by an endpoint, or by OTEL_METRICS_EXPORTER=otlp)',
    format: 'otlp_switch',
    default: false,
    env: 'OTEL_METRICS_EXPORTER',
  },
  endpoint: {
    doc: 'Base URL of the collector; v1/metrics is appended',
    format: 'otlp_endpoint',
    default: 'http://localhost:4318',
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  },
  metrics_endpoint: {
    doc: 'Full URL to push to, instead of endpoint',
    format: 'otlp_endpoint',
    default: '',
    env: 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  },
  protocol: {
    doc: 'Only http/protobuf is supported',
    format: 'text',
    default: 'http/protobuf',
    env: ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'],
  },
  naming: {
    doc: 'Names to push under: semconv (OpenTelemetry) or prometheus (as on /metrics)',
    format: ['semconv', 'prometheus'],
    default: 'semconv',
    env: 'OTLP_NAMING',
  },
  headers: {
    doc: 'Headers of every push; in variables and flags, values are percent-encoded',
    format: 'http_headers',
    default: new Map(),
    env: ['OTEL_EXPORTER_OTLP_METRICS_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS'],
    sensitive: true,
  },
  compression: {
    doc: 'Compression of a push: gzip or none',
    format: ['gzip', 'none'],
    default: 'gzip',
    env: ['OTEL_EXPORTER_OTLP_METRICS_COMPRESSION', 'OTEL_EXPORTER_OTLP_COMPRESSION'],
  },
  timeout: {
    doc: 'Timeout of a push, retries included; a bare number is in milliseconds',
    format: 'otlp_duration',
    default: '10s',
    env: ['OTEL_EXPORTER_OTLP_METRICS_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT'],
  },
  certificate: {
    doc: 'Certificate authority of the collector, PEM',
    format: 'file',
    default: '',
    env: ['OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE', 'OTEL_EXPORTER_OTLP_CERTIFICATE'],
  },
  client_certificate: {
    doc: 'Client certificate, PEM',
    format: 'file',
    default: '',
    env: ['OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE', 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE'],
  },
  client_key: {
    doc: 'Private key of the client certificate, PEM',
    format: 'file',
    default: '',
    env: ['OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY', 'OTEL_EXPORTER_OTLP_CLIENT_KEY'],
  },
  temporality_preference: {
    doc: 'Values of counters: the total (cumulative, lowmemory) or the increase since the last push (delta)',
    format: ['cumulative', 'delta', 'lowmemory'],
    default: 'cumulative',
    env: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
  },
  export_interval: {
    doc: 'Time between pushes; a bare number is in milliseconds',
    format: 'otlp_duration',
    default: '60s',
    env: 'OTEL_METRIC_EXPORT_INTERVAL',
  },
  export_timeout: {
    doc: 'Timeout of collecting and of pushing, each; at most export_interval',
    format: 'otlp_duration',
    default: '30s',
    env: 'OTEL_METRIC_EXPORT_TIMEOUT',
  },
  service_name: {
    doc: 'Name of the exporter (service.name); docker-stats-exporter if nothing else sets it',
    format: 'text',
    default: '',
    env: 'OTEL_SERVICE_NAME',
  },
  resource_attributes: {
    doc: 'Attributes of every resource; in variables and flags, values are percent-encoded',
    format: 'resource_attributes',
    default: new Map(),
    env: 'OTEL_RESOURCE_ATTRIBUTES',
  },
} as const satisfies Section;
