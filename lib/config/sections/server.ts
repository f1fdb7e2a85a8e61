import type { Section } from '../setting.ts';

/** What the exporter answers beside the paths that are settings, none of which may be one of these. */
export const fixedPaths = {
  dashboard: '/',
  version: '/version',
  doctor: '/doctor',
  containers: '/api/containers',
  stylesheet: '/dashboard/dashboard.css',
  script: '/dashboard/dashboard.js',
  eventsScript: '/dashboard/events.js',
} as const;

export const server = {
  port: { doc: 'Port to listen on; 0 picks any free one', format: 'port', default: 9200, env: 'EXPORTER_PORT' },
  address: {
    doc: 'Address to listen on; all of IPv4 and IPv6 if empty',
    format: 'address',
    default: '',
    env: 'EXPORTER_ADDRESS',
  },
  metrics_path: {
    doc: 'Path of the metrics',
    format: 'url_path',
    default: '/metrics',
    env: 'EXPORTER_METRICS_PATH',
  },
  cadvisor_path: {
    doc: "Path of the same under cAdvisor's names; empty for none",
    format: 'optional_url_path',
    default: '/metrics/cadvisor',
  },
  health_path: { doc: 'Path of the liveness probe', format: 'url_path', default: '/health' },
  ready_path: { doc: 'Path of the readiness probe', format: 'url_path', default: '/ready' },
  health_port: {
    doc: 'A second port for health_path and ready_path, without TLS; none by default',
    format: 'port',
    default: undefined,
  },
  grafana_url: {
    doc: 'Address of the dashboard in Grafana, which the page then links to',
    format: 'web_url',
    default: '',
  },
  allowed_hosts: {
    doc: 'The names that clients may use for the exporter, besides addresses and localhost; any if empty',
    format: 'hosts',
    default: [],
    reloadable: true,
  },
  max_scrapes: {
    doc: 'Maximum number of concurrent scrapes; the rest get 429',
    format: 'count',
    default: 40,
    reloadable: true,
  },
  auth: {
    enabled: {
      doc: 'Require a user name and a password, except for the probes',
      format: 'boolean',
      default: false,
      reloadable: true,
    },
    username: { doc: 'The user name', format: 'text', default: '', requiredBy: 'enabled', reloadable: true },
    password: {
      doc: 'The password; only one of password, password_hash and password_file',
      format: 'text',
      default: '',
      reloadable: true,
      sensitive: true,
    },
    password_hash: {
      doc: 'The bcrypt hash of the password',
      format: 'bcrypt_hash',
      default: '',
      reloadable: true,
      sensitive: true,
    },
    password_file: { doc: 'File that holds the password', format: 'file', default: '', reloadable: true },
  },
  tls: {
    enabled: { doc: 'Serve https:// instead of http://', format: 'boolean', default: false },
    cert_file: { doc: 'Certificate chain, PEM', format: 'file', default: '', requiredBy: 'enabled' },
    key_file: { doc: 'Private key, PEM', format: 'file', default: '', requiredBy: 'enabled' },
    client_ca_file: {
      doc: 'Certificate authorities, PEM; clients must then present a certificate signed by one',
      format: 'file',
      default: '',
    },
    min_version: { doc: 'Minimum TLS version: 1.2 or 1.3', format: 'tls_version', default: '1.2' },
  },
} as const satisfies Section;

/** The flags that Prometheus' own exporters have. */
export const web = {
  config: {
    file: {
      doc: "TLS, users and headers in a file of Prometheus' exporter-toolkit",
      format: 'file',
      default: '',
    },
  },
  'listen-address': {
    doc: 'Sets server.address and server.port in one: HOST:PORT or :PORT',
    format: 'listen_address',
    default: undefined,
  },
  'telemetry-path': { doc: 'Sets server.metrics_path', format: 'url_path', default: undefined },
} as const satisfies Section;
