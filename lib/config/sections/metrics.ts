import type { Section } from '../setting.ts';

export const metrics = {
  namespace: {
    doc: 'Prefix of every metric name, joined by an underscore',
    format: 'metric_prefix',
    default: '',
    reloadable: true,
  },
  global_labels: { doc: 'Labels added to every metric', format: 'labels', default: new Map(), reloadable: true },
  container_labels: {
    doc: 'Patterns for whole keys of container labels to show: on container_labels, and in OTLP',
    format: 'whole_patterns',
    default: [],
  },
  created_timestamps: {
    doc: 'Write when each counter began as _created (OpenMetrics only), which Prometheus stores as series',
    format: 'boolean',
    default: false,
    reloadable: true,
  },
  max_label_length: {
    doc: 'Characters of a label value that are shown and pushed; what is longer ends with …',
    format: 'label_length',
    default: 1_024,
  },
  max_lifecycle_sums: {
    doc: 'Combinations of project, service and image in docker_container_* sums; the rest is (other)',
    format: 'count',
    default: 1_000,
  },
  process: {
    doc: "Show the exporter's own CPU, memory and event loop as process_* and nodejs_*",
    format: 'boolean',
    default: true,
    reloadable: true,
  },
  cache: {
    enabled: { doc: 'Reuse a collection while it is younger than ttl', format: 'boolean', default: false },
    ttl: { doc: 'How long a collection is reused', format: 'positive_duration', default: '30s' },
  },
} as const satisfies Section;

export const logging = {
  level: {
    doc: 'Minimum level to log: debug, info, warn or error',
    format: 'log_level',
    default: 'info',
    env: 'LOG_LEVEL',
    reloadable: true,
  },
  format: { doc: 'Log format: json or text', format: ['json', 'text'], default: 'json', env: 'LOG_FORMAT' },
  output: {
    doc: 'Log output: stdout or stderr',
    format: 'log_output',
    default: 'stdout',
    env: 'LOG_OUTPUT',
  },
} as const satisfies Section;

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
    requiredBy: 'enabled',
  },
  protocol: {
    doc: 'Encoding of a push: http/protobuf or http/json',
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
  identity: {
    doc: 'Whether containers are services too (service.name, .namespace, .instance.id): service or container',
    format: ['service', 'container'],
    default: 'service',
    env: 'OTLP_IDENTITY',
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
    requiredBy: 'client_key',
  },
  client_key: {
    doc: 'Private key of the client certificate, PEM',
    format: 'file',
    default: '',
    env: ['OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY', 'OTEL_EXPORTER_OTLP_CLIENT_KEY'],
    requiredBy: 'client_certificate',
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
