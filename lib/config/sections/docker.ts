import type { Section } from '../setting.ts';

export const docker = {
  host: {
    doc: 'Address of the engine: unix://, tcp://, http://, https:// or ssh://',
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
    cert: { doc: 'Client certificate, PEM', format: 'file', default: '' },
    key: { doc: 'Private key of the client certificate, PEM', format: 'file', default: '' },
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
