import { messageOf } from '../error-message.ts';
import { schemeOf } from './docker-host.ts';
import { whyUnreadable } from './files.ts';
import type { Settings } from './schema.ts';
import { userOf } from './users.ts';

/** A condition that settings have to meet together, or that the machine has to meet. */
export interface Check {
  /** The settings it looks at; the first one is blamed. It makes sense only where none of them is wrong by itself. */
  readonly keys: readonly [string, ...string[]];
  /** What is wrong, said as what is allowed; undefined where all is well. */
  readonly fault: (settings: Settings) => string | undefined;
}

/** Paths that the exporter itself answers. */
const reservedPaths: ReadonlySet<string> = new Set([
  '/',
  '/version',
  '/api/containers',
  '/dashboard/dashboard.css',
  '/dashboard/dashboard.js',
]);

const pathNames = ['metrics_path', 'health_path', 'ready_path'] as const;

const pathChecks = pathNames.map((name, index): Check => {
  const others = pathNames.slice(0, index);
  return {
    keys: [`server.${name}`, ...others.map((other) => `server.${other}`)],
    fault: ({ server }) => {
      if (reservedPaths.has(server[name])) return `is reserved (${[...reservedPaths].join(', ')})`;
      const twin = others.find((other) => server[other] === server[name]);
      return twin && `must differ from server.${twin}`;
    },
  };
});

const healthPortCheck: Check = {
  keys: ['server.health_port', 'server.port'],
  fault: ({ server: { port, health_port } }) =>
    health_port === port && port !== 0 ? 'must differ from server.port; leave it out for the same port' : undefined,
};

const passwordNames = ['password', 'password_hash', 'password_file'] as const;

const passwordCheck: Check = {
  keys: ['server.auth.enabled', ...passwordNames.map((name) => `server.auth.${name}`)],
  fault: ({ server: { auth } }) => {
    const given = passwordNames.filter((name) => auth[name] !== '');
    if (!auth.enabled || given.length === 1) return undefined;
    const found = given.length === 0 ? 'none is set' : `set are ${given.join(' and ')}`;
    return `needs one of password, password_hash and password_file in server.auth; ${found}`;
  },
};

const passwordFileCheck: Check = {
  keys: ['server.auth.password_file', 'server.auth.enabled'],
  fault: ({ server: { auth } }) => {
    const { enabled, password_file: file } = auth;
    if (
      !enabled ||
      file === '' ||
      auth.password !== '' ||
      auth.password_hash !== '' ||
      whyUnreadable(file, 'file') !== undefined
    )
      return undefined;
    try {
      userOf(auth);
      return undefined;
    } catch (error) {
      return `must be a file that holds a password: ${messageOf(error)}`;
    }
  },
};

const webConfigCheck: Check = {
  keys: ['web.config.file', 'server.auth.enabled', 'server.tls.enabled'],
  fault: ({ web, server: { auth, tls } }) =>
    web.config.file !== '' && (auth.enabled || tls.enabled)
      ? 'cannot be combined with server.auth.enabled or server.tls.enabled'
      : undefined,
};

const dockerTlsCheck: Check = {
  keys: ['docker.tls.enabled', 'docker.host'],
  fault: ({ docker: { host, tls } }) =>
    tls.enabled && schemeOf(host) === 'http' ? 'must be false for an http:// host; use tcp:// or https://' : undefined,
};

const protocolCheck: Check = {
  keys: ['otlp.protocol', 'otlp.enabled'],
  fault: ({ otlp }) => (otlp.enabled && otlp.protocol !== 'http/protobuf' ? 'must be http/protobuf' : undefined),
};

/** All of them, in the order of the schema. */
export const checks: readonly Check[] = [
  ...pathChecks,
  healthPortCheck,
  required('server.auth.username', 'server.auth.enabled', ({ server: { auth } }) => [auth.enabled, auth.username]),
  passwordCheck,
  readable('server.auth.password_file', ({ server: { auth } }) => [auth.enabled, auth.password_file]),
  passwordFileCheck,
  required('server.tls.cert_file', 'server.tls.enabled', ({ server: { tls } }) => [tls.enabled, tls.cert_file]),
  readable('server.tls.cert_file', ({ server: { tls } }) => [tls.enabled, tls.cert_file]),
  required('server.tls.key_file', 'server.tls.enabled', ({ server: { tls } }) => [tls.enabled, tls.key_file]),
  readable('server.tls.key_file', ({ server: { tls } }) => [tls.enabled, tls.key_file]),
  readable('server.tls.client_ca_file', ({ server: { tls } }) => [tls.enabled, tls.client_ca_file]),
  webConfigCheck,
  dockerTlsCheck,
  readable('docker.tls.ca_cert', ({ docker: { tls } }) => [tls.enabled, tls.ca_cert]),
  required('docker.tls.cert', 'docker.tls.key', ({ docker: { tls } }) => [tls.enabled && tls.key !== '', tls.cert]),
  readable('docker.tls.cert', ({ docker: { tls } }) => [tls.enabled, tls.cert]),
  required('docker.tls.key', 'docker.tls.cert', ({ docker: { tls } }) => [tls.enabled && tls.cert !== '', tls.key]),
  readable('docker.tls.key', ({ docker: { tls } }) => [tls.enabled, tls.key]),
  readable('docker.tls.cert_path', ({ docker: { tls } }) => [tls.enabled, tls.cert_path], 'directory'),
  required('otlp.metrics_endpoint', 'otlp.enabled', ({ otlp }) => [otlp.enabled, otlp.metrics_endpoint]),
  protocolCheck,
  readable('otlp.certificate', ({ otlp }) => [otlp.enabled, otlp.certificate]),
  required('otlp.client_certificate', 'otlp.client_key', ({ otlp }) => [
    otlp.enabled && otlp.client_key !== '',
    otlp.client_certificate,
  ]),
  readable('otlp.client_certificate', ({ otlp }) => [otlp.enabled, otlp.client_certificate]),
  required('otlp.client_key', 'otlp.client_certificate', ({ otlp }) => [
    otlp.enabled && otlp.client_certificate !== '',
    otlp.client_key,
  ]),
  readable('otlp.client_key', ({ otlp }) => [otlp.enabled, otlp.client_key]),
];

/** Whether the feature that a text belongs to is in use, and the text. */
type InUse = (settings: Settings) => readonly [inUse: boolean, text: string];

function required(key: string, becauseOf: string, get: InUse): Check {
  return {
    keys: [key, becauseOf],
    fault: (settings) => {
      const [inUse, text] = get(settings);
      return inUse && text === '' ? `must be set when ${becauseOf} is` : undefined;
    },
  };
}

/** Files of what is switched off may be missing: sample files name some. */
function readable(key: string, get: InUse, kind: 'file' | 'directory' = 'file'): Check {
  return {
    keys: [key],
    fault: (settings) => {
      const [inUse, path] = get(settings);
      const reason = inUse && path !== '' ? whyUnreadable(path, kind) : undefined;
      return reason && `must be a ${kind} that can be read: ${reason}`;
    },
  };
}
