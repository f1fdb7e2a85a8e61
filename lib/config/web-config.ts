import { dirname, resolve } from 'node:path';
import { applyChecks, applyLayer, createBuilder } from './builder.ts';
import type { Check } from './checks.ts';
import { type Section, type ValuesOf, tableOf } from './setting.ts';
import { readYamlFile } from './yaml.ts';

/**
 * The keys of a file of Prometheus' exporter-toolkit. What else the toolkit knows is refused: ignored, it would be a
 * promise that is not kept.
 */
const schema = {
  tls_server_config: {
    cert_file: { doc: 'Certificate chain, PEM', format: 'text', default: '' },
    key_file: { doc: 'Private key, PEM', format: 'text', default: '' },
    client_ca_file: { doc: 'Certificate authorities of clients, PEM', format: 'text', default: '' },
    client_auth_type: {
      doc: 'Whether clients need a certificate',
      format: ['noclientcert', 'requireandverifyclientcert'],
      default: 'noclientcert',
    },
    min_version: { doc: 'Minimum TLS version', format: 'tls_version', default: 'TLS12' },
  },
  http_server_config: {
    http2: { doc: 'Only HTTP/1.1 is served', format: ['false'], default: undefined },
    headers: {
      'Content-Security-Policy': { doc: 'Sent with every response', format: 'text', default: undefined },
      'Strict-Transport-Security': { doc: 'Sent with every response', format: 'text', default: undefined },
      'X-Content-Type-Options': { doc: 'Sent with every response', format: ['nosniff'], default: undefined },
      'X-Frame-Options': { doc: 'Sent with every response', format: ['deny', 'sameorigin'], default: undefined },
      'X-XSS-Protection': { doc: 'Sent with every response', format: 'text', default: undefined },
    },
  },
  basic_auth_users: {
    doc: 'bcrypt hashes by user name',
    format: 'password_hashes',
    default: new Map(),
    sensitive: true,
  },
} as const satisfies Section;

type WebSettings = ValuesOf<typeof schema>;
const table = tableOf(schema, 'unsupported key');

const clientAuthCheck: Check<WebSettings> = {
  keys: ['tls_server_config.client_ca_file', 'tls_server_config.client_auth_type'],
  fault: ({ tls_server_config: { client_ca_file, client_auth_type } }) =>
    (client_ca_file === '') === (client_auth_type === 'noclientcert')
      ? undefined
      : 'must be set together with client_auth_type: RequireAndVerifyClientCert',
};

/** What such a file asks for. */
export interface WebConfig {
  /** In the names of server.tls; undefined for plain HTTP. */
  readonly tls: Readonly<Record<string, string>> | undefined;
  /** bcrypt hashes by user name. */
  readonly users: ReadonlyMap<string, string>;
  /** Headers for every response. */
  readonly headers: ReadonlyMap<string, string>;
  /** One line each; where there are some, the rest means nothing. */
  readonly problems: readonly string[];
}

/**
 * Reads such a file; the names in it are relative to its own folder. Never throws, and prints no hash.
 * `namedBy` says where the path was written, for people.
 */
export function readWebConfig(path: string, namedBy: string): WebConfig {
  const builder = createBuilder<WebSettings>(table);
  const layer = readYamlFile(path, namedBy, table);
  applyLayer(builder, layer);
  applyChecks(builder, [clientAuthCheck]);
  const { tls_server_config: tls, http_server_config, basic_auth_users } = builder.configuration.getProperties();
  const besides = (file: string): string => (file === '' ? '' : resolve(dirname(path), file));
  const usesTls = layer.entries.some(({ key }) => key.startsWith('tls_server_config.'));
  return {
    tls:
      usesTls && builder.problems.length === 0
        ? {
            cert_file: besides(tls.cert_file),
            key_file: besides(tls.key_file),
            client_ca_file: besides(tls.client_ca_file),
            min_version: tls.min_version,
          }
        : undefined,
    users: basic_auth_users,
    headers: new Map(
      Object.entries(http_server_config.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      ),
    ),
    problems: builder.problems,
  };
}
