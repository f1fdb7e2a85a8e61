import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { settingsByKey } from '../../lib/config/schema.ts';
import { SettingsError, loadSettings } from '../../lib/config/settings.ts';
import { metricLabels } from '../../lib/metrics/catalogue.ts';
import { parsePattern } from '../../lib/config/patterns.ts';
import { load, problemsOf } from './loading.ts';

const complete = readFileSync(new URL('../fixtures/config/complete.yaml', import.meta.url), 'utf8');

const noWeb = { config: { file: '' }, 'listen-address': undefined, 'telemetry-path': undefined };

describe('loadSettings', () => {
  it('has the defaults of the contract when nobody says anything', () => {
    const { settings, origins, warnings } = load({});
    expect(settings).to.deep.equal({
      server: {
        port: 9200,
        address: '',
        metrics_path: '/metrics',
        health_path: '/health',
        cadvisor_path: '/metrics/cadvisor',
        ready_path: '/ready',
        health_port: undefined,
        grafana_url: '',
        allowed_hosts: [],
        max_scrapes: 40,
        auth: { enabled: false, username: '', password: '', password_hash: '', password_file: '' },
        tls: { enabled: false, cert_file: '', key_file: '', client_ca_file: '', min_version: 'TLSv1.2' },
      },
      docker: {
        host: 'unix:///var/run/docker.sock',
        api_version: '',
        tls: { enabled: false, ca_cert: '', cert: '', key: '', verify: true, cert_path: '' },
      },
      collection: {
        interval: 0,
        timeout: 30_000,
        collectors: { container: true, system: true, disk: false },
        shared_network: 'once',
        filters: { include: { labels: [], names: [], images: [] }, exclude: { labels: [], names: [], images: [] } },
      },
      metrics: {
        namespace: '',
        global_labels: new Map(),
        container_labels: [],
        created_timestamps: false,
        max_label_length: 1_024,
        max_lifecycle_sums: 1_000,
        process: true,
        cache: { enabled: false, ttl: 30_000 },
      },
      otlp: {
        enabled: false,
        endpoint: 'http://localhost:4318',
        metrics_endpoint: 'http://localhost:4318/v1/metrics',
        protocol: 'http/protobuf',
        naming: 'semconv',
        identity: 'service',
        headers: new Map(),
        compression: 'gzip',
        timeout: 10_000,
        certificate: '',
        client_certificate: '',
        client_key: '',
        temporality_preference: 'cumulative',
        export_interval: 60_000,
        export_timeout: 30_000,
        service_name: '',
        resource_attributes: new Map(),
      },
      logging: { level: 'info', format: 'json', output: 'stdout' },
      performance: { max_concurrent: 10, max_waiting: 256, workers: undefined, pprof_enabled: undefined },
      web: noWeb,
    });
    expect([...origins.keys()]).to.deep.equal([...settingsByKey.keys()]);
    expect(new Set(origins.values())).to.deep.equal(new Set(['default']));
    expect(warnings).to.deep.equal([]);
  });

  it('reads a complete file of the exporter it replaces, unchanged', () => {
    const { settings, warnings } = load({ yaml: complete });
    expect(settings).to.deep.equal({
      server: {
        port: 9300,
        address: '127.0.0.1',
        metrics_path: '/docker/metrics',
        health_path: '/livez',
        cadvisor_path: '/metrics/cadvisor',
        ready_path: '/readyz',
        health_port: undefined,
        grafana_url: '',
        allowed_hosts: [],
        max_scrapes: 40,
        auth: {
          enabled: true,
          username: 'prometheus',
          password: 'correct horse',
          password_hash: '',
          password_file: '',
        },
        tls: {
          enabled: false,
          cert_file: '/etc/docker-stats-exporter/absent.crt',
          key_file: '/etc/docker-stats-exporter/absent.key',
          client_ca_file: '',
          min_version: 'TLSv1.3',
        },
      },
      docker: {
        host: 'tcp://engine.example:2376',
        api_version: '1.40',
        tls: {
          enabled: false,
          ca_cert: '/etc/docker/absent-ca.pem',
          cert: '',
          key: '',
          verify: true,
          cert_path: '',
        },
      },
      collection: {
        interval: 90_000,
        timeout: 500,
        collectors: { container: true, system: false, disk: false },
        shared_network: 'once',
        filters: {
          include: {
            labels: [
              { key: 'com.example.monitor', value: 'true' },
              { key: 'com.example.team', value: undefined },
            ],
            names: ['^shop-', String.raw`(?i)Web\-`].map(parsePattern),
            images: [],
          },
          exclude: {
            labels: [{ key: 'com.example.skip', value: '' }],
            names: [parsePattern('-canary$')],
            images: [parsePattern(String.raw`^registry\.example/internal/`)],
          },
        },
      },
      metrics: {
        namespace: 'shop',
        global_labels: new Map([
          ['environment', 'production'],
          ['rack', '12'],
        ]),
        container_labels: [],
        created_timestamps: false,
        max_label_length: 1_024,
        max_lifecycle_sums: 1_000,
        process: true,
        cache: { enabled: true, ttl: 1_500 },
      },
      // The exporter it replaces did not push.
      otlp: load({}).settings.otlp,
      logging: { level: 'debug', format: 'text', output: 'stderr' },
      performance: { max_concurrent: 25, max_waiting: 25, workers: 4, pprof_enabled: false },
      web: noWeb,
    });
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.match(/^performance\.workers = "4" \(.*config\.yaml:67\): has no effect$/);
    expect(warnings[1]).to.match(/^performance\.pprof_enabled = "false" \(.*config\.yaml:68\): has no effect$/);
  });

  it('names every key of the contract in that file', () => {
    const ours = new Set([
      'collection.collectors.disk',
      'server.health_port',
      'server.grafana_url',
      'server.allowed_hosts',
      'server.max_scrapes',
      'server.cadvisor_path',
      'collection.shared_network',
      'docker.tls.cert_path',
      'metrics.container_labels',
      'metrics.max_lifecycle_sums',
      'metrics.created_timestamps',
      'metrics.max_label_length',
      'metrics.process',
    ]);
    const known = [...settingsByKey.keys()].filter((key) => !/^(web|otlp)\./.test(key) && !ours.has(key));
    const names = new Set(complete.match(/(?<=^ *)\w+(?=:)/gm));
    expect(known.map((key) => key.split('.').at(-1)).filter((name) => name && !names.has(name))).to.deep.equal([]);
  });

  it('lets variables win over the file and flags over variables, and knows who won', () => {
    const yaml = 'server: {port: 1001, address: 10.0.0.1}\nlogging: {level: warn}\ncollection: {timeout: 9s}';
    const env = { EXPORTER_PORT: '1002', EXPORTER_ADDRESS: '10.0.0.2', COLLECTION_TIMEOUT: '' };
    const { settings, origins } = load({ yaml, env, args: ['--server.port', '1003'] });
    expect(settings.server.port).to.equal(1003);
    expect(origins.get('server.port')).to.equal('flag');
    expect(settings.server.address).to.equal('10.0.0.2');
    expect(origins.get('server.address')).to.equal('environment');
    expect(settings.logging.level).to.equal('warn');
    expect(origins.get('logging.level')).to.equal('file');
    expect(settings.collection.timeout, 'an empty variable counts as unset').to.equal(9_000);
    expect(origins.get('server.metrics_path')).to.equal('default');
  });

  it('knows that somebody set a value even where it is the default', () => {
    expect(load({ env: { MAX_CONCURRENT: '10' } }).origins.get('performance.max_concurrent')).to.equal('environment');
  });

  it('replaces a list of the file by that of the flags, which add up', () => {
    const yaml = 'collection: {filters: {include: {names: [a, b]}}}';
    const args = ['--collection.filters.include.names=c{1,2}', '--collection.filters.include.names', 'd'];
    expect(load({ yaml, args }).settings.collection.filters.include.names).to.deep.equal(
      ['c{1,2}', 'd'].map(parsePattern),
    );
  });

  it('reads every variable of the contract', () => {
    const env = {
      EXPORTER_PORT: '9201',
      EXPORTER_ADDRESS: '::1',
      EXPORTER_METRICS_PATH: '/m',
      DOCKER_HOST: 'tcp://engine',
      DOCKER_API_VERSION: 'v1.41',
      COLLECTION_INTERVAL: '15s',
      COLLECTION_TIMEOUT: '5s',
      LOG_LEVEL: 'ERROR',
      LOG_FORMAT: 'text',
      LOG_OUTPUT: 'stderr',
      MAX_CONCURRENT: '3',
      MAX_WAITING: '4',
      WORKERS: '5',
    };
    const { settings, warnings } = load({ env });
    expect(settings.server).to.include({ port: 9201, address: '::1', metrics_path: '/m' });
    expect(settings.docker).to.include({ host: 'tcp://engine:2375', api_version: '1.41' });
    expect(settings.collection).to.include({ interval: 15_000, timeout: 5_000 });
    expect(settings.logging).to.deep.equal({ level: 'error', format: 'text', output: 'stderr' });
    expect(settings.performance).to.include({ max_concurrent: 3, max_waiting: 3 });
    expect(warnings).to.deep.equal(['performance.workers = "5" (environment WORKERS): has no effect']);
  });

  it('collects the problems of all sources at once, a line each', () => {
    const problems = problemsOf({
      yaml: 'server:\n  prot: 1\n  port: http\ncollection:\n  timeout: 0s\n',
      env: { EXPORTER_PORT: '70000', LOG_LEVEL: 'loud' },
      args: ['--server.port=-1', '--nonsense', '--server.auth.enabled'],
    });
    expect(problems).to.deep.equal([
      'server.prot (config.yaml:2): unknown key; did you mean server.port?',
      'server.port = "http" (config.yaml:3): must be a whole number from 0 to 65535',
      'collection.timeout = "0s" (config.yaml:5): must be longer than 0',
      'server.port = "70000" (environment EXPORTER_PORT): must be a whole number from 0 to 65535',
      'logging.level = "loud" (environment LOG_LEVEL): must be debug, info, warn or error',
      'flag --nonsense: unknown; see --help',
      'server.port = "-1" (flag --server.port): must be a whole number from 0 to 65535',
      'server.auth.username = "" (default): must be set when server.auth.enabled is',
      'server.auth.enabled = "true" (flag --server.auth.enabled): needs one of password, password_hash and password_file in server.auth; none is set',
    ]);
  });

  it('leaves process.env and process.argv alone', () => {
    const { EXPORTER_PORT } = process.env;
    process.env.EXPORTER_PORT = '1';
    try {
      expect(load({}).settings.server.port).to.equal(9200);
    } finally {
      // Not by a copy of process.env: a plain object in its place would no longer reach the system's variables.
      if (EXPORTER_PORT === undefined) delete process.env.EXPORTER_PORT;
      else process.env.EXPORTER_PORT = EXPORTER_PORT;
    }
  });
});

describe('values', () => {
  const refused: readonly [string, readonly string[], string][] = [
    ['server.port', ['', '-1', '65536', '0x10', '1e3', '9200.5', '09200', '9_200', ' 80', '٣'], 'from 0 to 65535'],
    ['server.health_port', ['x'], 'from 0 to 65535'],
    ['server.grafana_url', ['grafana:3000', '/d/docker', 'javascript:alert(1)', 'ftp://g'], 'http:// or https://'],
    ['server.address', ['0.0.0.0:9200', '[::]', 'a b'], 'without a port'],
    [
      'server.metrics_path',
      ['', 'metrics', '//metrics', '/a?b', '/a#b', '/a b', '/../x', 'http://a/b'],
      'a path such as',
    ],
    ['server.tls.min_version', ['1.1', '', 'SSL3'], '1.2 or 1.3'],
    ['docker.api_version', ['1', 'latest', '1.40.1'], 'a version such as 1.41'],
    ['collection.timeout', ['0', '30', 'soon'], 'must '],
    ['metrics.namespace', ['a-b', '1a', 'a:b', 'ä'], 'letters, digits and underscores'],
    ['metrics.cache.ttl', ['0s'], 'longer than 0'],
    ['performance.max_concurrent', ['0', '-1', '1.5', '99999999999999999999'], 'a whole number'],
    ['performance.max_waiting', ['0'], 'at least 1'],
    ['logging.output', ['/var/log/x'], 'must be stdout or stderr'],
    ['logging.level', ['verbose'], 'must be debug, info, warn or error'],
  ];
  for (const [key, texts, reason] of refused) {
    it(`of ${key} are refused in a flag: ${texts.map((text) => JSON.stringify(text)).join(', ')}`, () => {
      for (const text of texts) {
        const problems = problemsOf({ args: [`--${key}=${text}`] });
        expect(problems, text).to.have.length(1);
        expect(problems[0]?.startsWith(`${key} = "${text}" (flag --${key}): `), problems[0]).to.equal(true);
        expect(problems[0]).to.contain(reason);
      }
    });
  }

  it('of the log are what they mean in files of the Go exporter', () => {
    for (const [word, level] of [
      ['warning', 'warn'],
      ['Trace', 'debug'],
      ['fatal', 'error'],
    ]) {
      const { settings, warnings } = load({ yaml: `logging: {level: ${word}, output: /dev/stderr}` });
      expect(settings.logging).to.include({ level, output: 'stderr' });
      expect(warnings).to.deep.equal([]);
    }
  });

  it('of logging.output may be another place in a file or a variable, with a warning', () => {
    const yaml = 'logging: {output: /var/log/exporter.log}';
    expect(load({ yaml }).settings.logging.output).to.equal('stdout');
    expect(load({ yaml }).warnings.map((line) => line.replace(/\(.*config/, '(config'))).to.deep.equal([
      'logging.output = "/var/log/exporter.log" (config.yaml:1): must be stdout or stderr; the log goes to stdout',
    ]);
    expect(load({ yaml, env: { LOG_OUTPUT: 'file' } }).warnings).to.deep.equal([
      'logging.output = "file" (environment LOG_OUTPUT): must be stdout or stderr; the log goes to stdout',
    ]);
    expect(load({ yaml, args: ['--logging.output=stderr'] }).warnings).to.deep.equal([]);
  });

  it('of addresses for links are as a browser has them, and hold no password', () => {
    const { settings } = load({ args: ['--server.grafana_url', 'HTTPS://Grafana.example.com'] });
    expect(settings.server.grafana_url).to.equal('https://grafana.example.com/');
    expect(problemsOf({ args: ['--server.grafana_url', 'https://me:hunter2@g'] })).to.deep.equal([
      'server.grafana_url = "https://***@g" (flag --server.grafana_url): must not hold a user name or a password',
    ]);
  });

  it('of ports include 0, for any free one, also twice', () => {
    expect(load({ args: ['--server.port=0', '--server.health_port=0'] }).settings.server).to.include({
      port: 0,
      health_port: 0,
    });
  });

  it('of TLS versions come as 1.2, TLS12 and TLSv1.2', () => {
    for (const text of ['1.3', 'TLS13', 'TLSv1.3', 'tls1.3']) {
      expect(load({ args: [`--server.tls.min_version=${text}`] }).settings.server.tls.min_version).to.equal('TLSv1.3');
    }
  });

  it('of passwords must be bcrypt hashes where hashes are wanted, and are never printed', () => {
    const hash = `$2y$10$${'abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOPQRSTUVWXYZ0'.slice(0, 53)}`;
    expect(load({ args: [`--server.auth.password_hash=${hash}`] }).settings.server.auth.password_hash).to.equal(hash);
    for (const wrong of ['hunter2', `${hash}x`, hash.replace('2y', '2x'), hash.replace('10', '99')]) {
      expect(problemsOf({ args: [`--server.auth.password_hash=${wrong}`] })).to.deep.equal([
        'server.auth.password_hash (flag --server.auth.password_hash): must be a bcrypt hash ($2a$, $2b$ or $2y$)',
      ]);
    }
  });

  const words: readonly [boolean, readonly string[]][] = [
    [true, ['true', 'TRUE', 'True', '1', 'yes', 'YES', 'on', 'On']],
    [false, ['false', 'FALSE', '0', 'no', 'off', 'OFF']],
  ];
  for (const [value, texts] of words) {
    it(`of switches are ${value} as ${texts.join(', ')}`, () => {
      for (const text of texts) {
        expect(load({ args: [`--metrics.cache.enabled=${text}`] }).settings.metrics.cache.enabled, text).to.equal(
          value,
        );
      }
    });
  }

  it('of switches are nothing else, not even what JavaScript takes for true', () => {
    for (const text of ['', 'y', '2', 'enabled', 'null', 'true ', 'wahr']) {
      expect(problemsOf({ args: [`--metrics.cache.enabled=${text}`] }), text).to.deep.equal([
        `metrics.cache.enabled = "${text}" (flag --metrics.cache.enabled): must be one of true, 1, yes, on, false, 0, no, off`,
      ]);
    }
  });

  it('of global labels come as pairs with commas between, from several flags if need be', () => {
    const args = ['--metrics.global_labels=a=b, c = d=e ,', '--metrics.global_labels', 'constructor=f'];
    expect(load({ args }).settings.metrics.global_labels).to.deep.equal(
      new Map([
        ['a', 'b'],
        ['c', 'd=e'],
        ['constructor', 'f'],
      ]),
    );
  });

  it('of global labels have names that Prometheus takes', () => {
    expect(problemsOf({ args: ['--metrics.global_labels=image=1,x'] })).to.deep.equal([
      'metrics.global_labels = "x" (flag --metrics.global_labels): must be NAME=VALUE pairs with commas between',
    ]);
    expect(problemsOf({ args: ['--metrics.global_labels=a-b=1,__a=1,__proto__=1,1a=1,=1,ok=1'] })).to.deep.equal([
      'metrics.global_labels (flag --metrics.global_labels): must be names of letters, digits and underscores ' +
        'without a digit or __ in front, not "a-b", "__a", "__proto__", "1a", ""',
    ]);
  });

  it('of global labels have names that no metric has', () => {
    const flag = '--metrics.global_labels';
    const start = (): unknown => loadSettings({ args: [`${flag}=image=1,go_version=1,ok=1`], env: {}, metricLabels });
    expect(start).to.throw(
      SettingsError,
      `metrics.global_labels (flag ${flag}): must be names of labels that no metric has, not "image", "go_version"`,
    );
  });
});
