import type { Section } from '../setting.ts';

export const docker = {
  host: {
    doc: 'Address of the engine: unix://, tcp://, http://, https:// or ssh://; looked for if not set',
    format: 'docker_host',
    default: 'unix:///var/run/docker.sock',
    env: 'DOCKER_HOST',
  },
  api_version: {
    doc: "API version to use, such as 1.41; empty for the engine's own",
    format: 'api_version',
    default: '',
    env: 'DOCKER_API_VERSION',
  },
  tls: {
    enabled: { doc: 'Use TLS for a tcp:// host', format: 'boolean', default: false },
    ca_cert: { doc: 'Certificate authority of the engine, PEM', format: 'file', default: '' },
    cert: { doc: 'Client certificate, PEM', format: 'file', default: '', requiredBy: 'key' },
    key: { doc: 'Private key of the client certificate, PEM', format: 'file', default: '', requiredBy: 'cert' },
    verify: {
      doc: "Verify the engine's certificate; the variable also enables TLS unless it is 0, false, no or off",
      format: 'tls_verify',
      default: true,
      env: 'DOCKER_TLS_VERIFY',
    },
    cert_path: {
      doc: 'Directory with ca.pem, cert.pem and key.pem, for those not set individually; enables TLS',
      format: 'directory',
      default: '',
      env: 'DOCKER_CERT_PATH',
    },
  },
} as const satisfies Section;

export const collection = {
  interval: {
    doc: 'Collect in the background this often and serve the latest; 0 collects on each scrape',
    format: 'duration',
    default: '0',
    env: 'COLLECTION_INTERVAL',
  },
  timeout: {
    doc: 'Collection timeout; partial results are served',
    format: 'positive_duration',
    default: '30s',
    env: 'COLLECTION_TIMEOUT',
  },
  collectors: {
    container: { doc: 'Collect the container_* metrics', format: 'boolean', default: true },
    system: { doc: 'Collect the docker_* metrics', format: 'boolean', default: true },
    disk: {
      doc: 'Measure disk usage in the background, in at most 1 % of the time',
      format: 'boolean',
      default: false,
    },
  },
  shared_network: {
    doc: 'Show a network that containers share once, at its owner, or at each: once or each',
    format: ['once', 'each'],
    default: 'once',
  },
  filters: {
    include: {
      labels: {
        doc: 'Labels (key=value or key) to collect; if any include rule exists, one must match',
        format: 'label_filters',
        default: [],
        reloadable: true,
      },
      names: {
        doc: 'Regular expressions for container names to collect',
        format: 'patterns',
        default: [],
        reloadable: true,
      },
      images: { doc: 'Regular expressions for images to collect', format: 'patterns', default: [], reloadable: true },
    },
    exclude: {
      labels: {
        doc: 'Labels (key=value or key) to leave out; exclude wins over include',
        format: 'label_filters',
        default: [],
        reloadable: true,
      },
      names: {
        doc: 'Regular expressions for container names to leave out',
        format: 'patterns',
        default: [],
        reloadable: true,
      },
      images: { doc: 'Regular expressions for images to leave out', format: 'patterns', default: [], reloadable: true },
    },
  },
} as const satisfies Section;

export const performance = {
  max_concurrent: {
    doc: 'Maximum concurrent stats requests; once set, it replaces max_waiting too',
    format: 'count',
    default: 10,
    env: 'MAX_CONCURRENT',
  },
  max_waiting: {
    doc: 'The same for engines that answer them only once a second, unless max_concurrent is set',
    format: 'count',
    default: 256,
    env: 'MAX_WAITING',
  },
  workers: {
    doc: 'No effect; accepted from older files',
    format: 'whole_number',
    default: undefined,
    env: 'WORKERS',
    obsolete: true,
  },
  pprof_enabled: {
    doc: 'No effect; accepted from older files',
    format: 'boolean',
    default: undefined,
    obsolete: true,
  },
} as const satisfies Section;
