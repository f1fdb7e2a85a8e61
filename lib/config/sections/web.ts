import type { Section } from '../setting.ts';

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
