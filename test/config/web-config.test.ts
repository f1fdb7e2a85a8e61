import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { load, problemsOf, withFile, withFolder } from './loading.ts';

const hash = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';

function problemsIn(yaml: string, ...args: string[]): readonly string[] {
  return withFile('web.yml', yaml, (file) =>
    problemsOf({ args: ['--web.config.file', file, ...args] }).map((line) => line.replaceAll(file, 'web.yml')),
  );
}

describe('--web.config.file', () => {
  it('takes over TLS, users and headers, files beside its own', () => {
    withFolder((folder) => {
      for (const name of ['tls.crt', 'tls.key', 'ca.crt']) writeFileSync(join(folder, name), '');
      const file = join(folder, 'web.yml');
      writeFileSync(
        file,
        `tls_server_config:
  cert_file: tls.crt
  key_file: ${folder}/tls.key
  client_ca_file: ca.crt
  client_auth_type: RequireAndVerifyClientCert
  min_version: TLS13
http_server_config:
  http2: false
  headers:
    Strict-Transport-Security: max-age=600
    X-Frame-Options: deny
basic_auth_users:
  alice: ${hash}
  bob: ${hash}
`,
      );
      const { settings, users, headers, files } = load({ args: ['--web.config.file', file] });
      expect(settings.server.tls).to.deep.equal({
        enabled: true,
        cert_file: join(folder, 'tls.crt'),
        key_file: join(folder, 'tls.key'),
        client_ca_file: join(folder, 'ca.crt'),
        min_version: 'TLSv1.3',
      });
      expect(users).to.deep.equal(
        new Map([
          ['alice', { kind: 'hash', hash }],
          ['bob', { kind: 'hash', hash }],
        ]),
      );
      expect([...headers]).to.deep.equal([
        ['Strict-Transport-Security', 'max-age=600'],
        ['X-Frame-Options', 'deny'],
      ]);
      expect(files).to.deep.equal([file]);
    });
  });

  it('may be empty', () => {
    expect(problemsIn('')).to.deep.equal([]);
  });

  it('names every key that is not supported and every value that is not allowed, and prints no hash', () => {
    const secret = 'hunter2hunter2';
    expect(
      problemsIn(`tls_server_config:
  cert_file: a.crt
  keyfile: a.key
  max_version: TLS13
  min_version: TLS10
http_server_config: {http2: true, headers: {X-Powered-By: us, X-Frame-Options: maybe}}
basic_auth_users: {alice: ${secret}, bob: ''}
rate_limit: {}
`),
    ).to.deep.equal([
      'tls_server_config.keyfile (web.yml:3): unsupported key; did you mean tls_server_config.key_file?',
      'tls_server_config.max_version (web.yml:4): unsupported key; did you mean tls_server_config.min_version?',
      'http_server_config.headers.X-Powered-By (web.yml:6): unsupported key',
      'rate_limit (web.yml:8): unsupported key',
      'tls_server_config.min_version = "TLS10" (web.yml:5): must be 1.2 or 1.3',
      'http_server_config.http2 = "true" (web.yml:6): must be false',
      'http_server_config.headers.X-Frame-Options = "maybe" (web.yml:6): must be deny or sameorigin',
      'basic_auth_users.alice (web.yml:7): must be a bcrypt hash ($2a$, $2b$ or $2y$)',
      'basic_auth_users.bob (web.yml:7): must be a bcrypt hash ($2a$, $2b$ or $2y$)',
    ]);
  });

  const refused: Readonly<Record<string, readonly [yaml: string, problem: string]>> = {
    'what is no YAML': [`basic_auth_users: {a: "${hash}`, 'web.yml:1:84: not valid YAML: Missing closing "quote'],
    'a user twice': [
      `basic_auth_users:\n  a: ${hash}\n  a: ${hash}\n`,
      'basic_auth_users.a (web.yml:3): duplicate key',
    ],
    'a list': ['[1]', 'the whole file (web.yml:1): must be a map of settings, not a list'],
    'users that are no map': [
      'basic_auth_users: [a]',
      'basic_auth_users (web.yml:1): must be a map, such as {a: b}, not a list',
    ],
    'TLS without a key': [
      'tls_server_config: {cert_file: /etc/hosts}',
      'server.tls.key_file = "" (flag --web.config.file): must be set when server.tls.enabled is',
    ],
    'a client authority without the demand for certificates': [
      'tls_server_config: {cert_file: /etc/hosts, key_file: /etc/hosts, client_ca_file: /etc/hosts}',
      'tls_server_config.client_ca_file = "/etc/hosts" (web.yml:1): must be set together with client_auth_type: RequireAndVerifyClientCert',
    ],
    'a certificate that is missing': [
      'tls_server_config: {cert_file: /nowhere, key_file: /etc/hosts}',
      'server.tls.cert_file = "/nowhere" (flag --web.config.file): must be a file that can be read: no such file',
    ],
  };
  for (const [what, [yaml, problem]] of Object.entries(refused)) {
    it(`refuses ${what}`, () => expect(problemsIn(yaml)).to.deep.equal([problem]));
  }

  it('refuses a file that is missing, and one beside server.auth', () => {
    expect(problemsOf({ args: ['--web.config.file', '/nowhere'] })).to.deep.equal([
      '/nowhere (flag --web.config.file): no such file',
    ]);
    const auth = ['--server.auth.enabled', '--server.auth.username=a', '--server.auth.password=b'];
    const [problem, ...others] = problemsIn('', ...auth);
    expect(problem).to.match(/cannot be combined with server\.auth\.enabled or server\.tls\.enabled$/);
    expect(others).to.deep.equal([]);
  });
});

describe('--web.listen-address and --web.telemetry-path', () => {
  const addresses: readonly (readonly [string, string, number])[] = [
    [':9417', '', 9417],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['localhost:80', 'localhost', 80],
    ['[::1]:9417', '::1', 9417],
  ];
  for (const [text, address, port] of addresses) {
    it(`reads ${text}`, () => {
      expect(load({ args: ['--web.listen-address', text] }).settings.server).to.include({ address, port });
    });
  }

  for (const text of ['9417', ':99999', '::1:9417', '[localhost]:1', 'host:', 'a/b:1', 'unix:/x']) {
    it(`refuses ${text}`, () => expect(problemsOf({ args: ['--web.listen-address', text] })).to.have.length(1));
  }

  it('refuses a second address rather than to forget the first', () => {
    const args = ['--web.listen-address', '127.0.0.1:9417', '--web.listen-address', '[::1]:9417'];
    expect(problemsOf({ args })).to.deep.equal([
      'flag --web.listen-address: given more than once; only one address can be listened on',
    ]);
  });

  it('stand for settings of the server, which win in a place of the same weight', () => {
    const path = ['--web.telemetry-path', '/probe'];
    expect(load({ args: path }).settings.server.metrics_path).to.equal('/probe');
    const yaml = 'server: {port: 1001}';
    expect(load({ yaml, args: ['--web.listen-address', ':1002'] }).settings.server.port).to.equal(1002);
    const both = ['--web.listen-address', ':1002', '--server.port', '1003'];
    expect(load({ args: both }).settings.server.port).to.equal(1003);
  });
});
