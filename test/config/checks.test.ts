import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { checksWith } from '../../lib/config/checks.ts';
import { settingsByKey } from '../../lib/config/schema.ts';
import { load, problemsOf, withFolder } from './loading.ts';

const credentials = ['--server.auth.enabled', '--server.auth.username=prometheus'];

describe('settings that belong together', () => {
  const refused: readonly [string, readonly string[], readonly string[]][] = [
    [
      'two paths that are one',
      ['--server.health_path=/metrics'],
      ['server.health_path = "/metrics" (flag --server.health_path): must differ from server.metrics_path'],
    ],
    [
      "the page of cAdvisor's names where the metrics are",
      ['--server.cadvisor_path=/metrics'],
      ['server.cadvisor_path = "/metrics" (flag --server.cadvisor_path): must differ from server.metrics_path'],
    ],
    [
      'a path that takes the default of another',
      ['--server.metrics_path=/ready'],
      ['server.ready_path = "/ready" (default): must differ from server.metrics_path'],
    ],
    [
      'a global label that a label of a container may become',
      ['--metrics.global_labels=label_team=ops,team=ops', '--metrics.container_labels=team'],
      [
        'metrics.global_labels (flag --metrics.global_labels): must be names of labels that no metric has, not "label_team"',
      ],
    ],
    [
      'a path of the exporter itself',
      ['--server.metrics_path=/', '--server.ready_path=/version'],
      [
        'server.metrics_path = "/" (flag --server.metrics_path): is reserved (/, /version, /doctor, /api/containers, /dashboard/dashboard.css, /dashboard/dashboard.js, /dashboard/events.js)',
        'server.ready_path = "/version" (flag --server.ready_path): is reserved (/, /version, /doctor, /api/containers, /dashboard/dashboard.css, /dashboard/dashboard.js, /dashboard/events.js)',
      ],
    ],
    [
      'a health port that is the port',
      ['--server.health_port=9200'],
      [
        'server.health_port = "9200" (flag --server.health_port): must differ from server.port; leave it out for the same port',
      ],
    ],
    [
      'authentication without anything',
      ['--server.auth.enabled'],
      [
        'server.auth.username = "" (default): must be set when server.auth.enabled is',
        'server.auth.enabled = "true" (flag --server.auth.enabled): needs one of password, password_hash and password_file in server.auth; none is set',
      ],
    ],
    [
      'two passwords',
      [...credentials, '--server.auth.password=hunter2', '--server.auth.password_file=/etc/hosts'],
      [
        'server.auth.enabled = "true" (flag --server.auth.enabled): needs one of password, password_hash and password_file in server.auth; set are password and password_file',
      ],
    ],
    [
      'a password file that is missing',
      [...credentials, '--server.auth.password_file=/nowhere'],
      [
        'server.auth.password_file = "/nowhere" (flag --server.auth.password_file): must be a file that can be read: no such file',
      ],
    ],
    [
      'TLS without files',
      ['--server.tls.enabled'],
      [
        'server.tls.cert_file = "" (default): must be set when server.tls.enabled is',
        'server.tls.key_file = "" (default): must be set when server.tls.enabled is',
      ],
    ],
    [
      'TLS with files that are none',
      [
        '--server.tls.enabled',
        '--server.tls.cert_file=/nowhere',
        '--server.tls.key_file=/dev',
        '--server.tls.client_ca_file=/etc/hosts/x',
      ],
      [
        'server.tls.cert_file = "/nowhere" (flag --server.tls.cert_file): must be a file that can be read: no such file',
        'server.tls.key_file = "/dev" (flag --server.tls.key_file): must be a file that can be read: is a directory',
        'server.tls.client_ca_file = "/etc/hosts/x" (flag --server.tls.client_ca_file): must be a file that can be read: no such file',
      ],
    ],
    [
      'TLS towards an http:// engine',
      ['--docker.host=http://engine', '--docker.tls.enabled'],
      [
        'docker.tls.enabled = "true" (flag --docker.tls.enabled): must be false for an http:// host; use tcp:// or https://',
      ],
    ],
    [
      'a client certificate without its key',
      ['--docker.host=tcp://engine', '--docker.tls.enabled', '--docker.tls.cert=/etc/hosts'],
      ['docker.tls.key = "" (default): must be set when docker.tls.cert is'],
    ],
    [
      'a key without its client certificate',
      ['--docker.host=https://engine', '--docker.tls.key=/nowhere'],
      [
        'docker.tls.cert = "" (default): must be set when docker.tls.key is',
        'docker.tls.key = "/nowhere" (flag --docker.tls.key): must be a file that can be read: no such file',
      ],
    ],
  ];
  for (const [what, args, problems] of refused) {
    it(`do not make ${what}`, () => expect(problemsOf({ args })).to.deep.equal(problems));
  }

  it('may come in from different sources', () => {
    withFolder((folder) => {
      const file = join(folder, 'pem');
      writeFileSync(file, '');
      const { settings } = load({
        yaml: `server: {tls: {enabled: true, cert_file: ${file}}, auth: {enabled: true, username: a}}`,
        args: [`--server.tls.key_file=${file}`, '--server.auth.password=b'],
      });
      expect(settings.server.tls.enabled && settings.server.auth.enabled).to.equal(true);
    });
  });

  it('may name files that are missing while they are switched off', () => {
    const yaml =
      'server: {tls: {cert_file: /nowhere}, auth: {password_file: /nowhere}}\ndocker: {tls: {ca_cert: /nowhere}}';
    expect(problemsOf({ yaml })).to.deep.equal([]);
  });

  it('are not held against each other while one of them is wrong by itself', () => {
    expect(problemsOf({ args: ['--server.health_path=health', '--server.metrics_path=/health'] })).to.deep.equal([
      'server.health_path = "health" (flag --server.health_path): must be a path such as /metrics, without ? and #',
    ]);
  });

  it('are settings that exist', () => {
    expect(
      checksWith(new Set())
        .flatMap(({ keys }) => keys)
        .filter((key) => !settingsByKey.has(key)),
    ).to.deep.equal([]);
  });
});

describe('secrets', () => {
  it('are in no problem and no warning, whatever is wrong and wherever they are', () => {
    const yaml = `server:
  auth: {enabled: true, password: hunter2, password_hash: hunter2, pasword: hunter2}
docker: {host: 'tcp://ops:hunter2@engine:99999'}
performance: {workers: 1}`;
    const env = { DOCKER_HOST: 'https://hunter2@engine', EXPORTER_PORT: 'x' };
    const args = [
      '--server.auth.password=hunter2',
      '--server.auth.password_hash',
      'hunter2',
      'hunter2',
      '--docker.host=ssh://a:hunter2@b',
    ];
    const problems = problemsOf({ yaml, env, args });
    expect(problems).to.have.length.greaterThan(8);
    expect(problems.join('\n')).to.not.contain('hunter2');
    expect(problems).to.include('docker.host = "ssh://***@b" (flag --docker.host): must not hold a password');
  });
});
