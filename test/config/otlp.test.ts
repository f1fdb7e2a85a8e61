import { expect } from 'chai';
import { load, problemsOf, withFile } from './loading.ts';

describe('otlp', () => {
  it('is off by default, and pushes to localhost where it is just turned on', () => {
    expect(load({}).settings.otlp.enabled).to.equal(false);
    expect(load({ args: ['--otlp.enabled'] }).settings.otlp).to.deep.include({
      enabled: true,
      metrics_endpoint: 'http://localhost:4318/v1/metrics',
      naming: 'semconv',
      compression: 'gzip',
      timeout: 10_000,
      export_interval: 60_000,
      export_timeout: 30_000,
      temporality_preference: 'cumulative',
    });
  });

  const switches: readonly (readonly [string, Parameters<typeof load>[0], boolean])[] = [
    ['OTEL_METRICS_EXPORTER=otlp', { env: { OTEL_METRICS_EXPORTER: 'otlp' } }, true],
    ['OTEL_METRICS_EXPORTER=prometheus, OTLP', { env: { OTEL_METRICS_EXPORTER: 'prometheus, OTLP' } }, true],
    ['OTEL_METRICS_EXPORTER=none', { env: { OTEL_METRICS_EXPORTER: 'none' } }, false],
    ['a base endpoint', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' } }, true],
    ['an endpoint for metrics', { env: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c:4318' } }, true],
    ['an endpoint in the file', { yaml: 'otlp: {endpoint: "http://c:4318"}' }, true],
    ['an endpoint in a file that says no', { yaml: 'otlp: {enabled: false, endpoint: "http://c:4318"}' }, false],
    ['a variable against the file', { yaml: 'otlp: {enabled: false}', env: { OTEL_METRICS_EXPORTER: 'otlp' } }, true],
    [
      'an endpoint against OTEL_METRICS_EXPORTER=none',
      { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_METRICS_EXPORTER: 'none' } },
      false,
    ],
    [
      'an endpoint against --otlp.enabled=false',
      { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c' }, args: ['--otlp.enabled=false'] },
      false,
    ],
  ];
  for (const [what, sources, enabled] of switches) {
    it(`is turned ${enabled ? 'on' : 'off'} by ${what}`, () => {
      expect(load(sources).settings.otlp.enabled).to.equal(enabled);
    });
  }

  const endpoints: readonly (readonly [string, Parameters<typeof load>[0], string])[] = [
    ['puts v1/metrics behind a base', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:1' } }, 'http://c:1/v1/metrics'],
    [
      'keeps the path of a base',
      { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp/' } },
      'https://c/otlp/v1/metrics',
    ],
    [
      'takes the one for metrics as it is, and before the base',
      { env: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m/push', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c' } },
      'http://m/push',
    ],
    [
      'takes a base of a variable before one for metrics of the file',
      { yaml: 'otlp: {metrics_endpoint: "http://m/push"}', env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c' } },
      'http://c/v1/metrics',
    ],
    [
      'takes one of a flag before all',
      { env: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m' }, args: ['--otlp.endpoint', 'http://f'] },
      'http://f/v1/metrics',
    ],
  ];
  for (const [what, sources, url] of endpoints) {
    it(what, () => {
      expect(load(sources).settings.otlp.metrics_endpoint).to.equal(url);
    });
  }

  it('takes variables for metrics before those for all signals', () => {
    const twins = { HEADERS: ['a=1', 'b=2'], TIMEOUT: ['1', '2'], COMPRESSION: ['none', 'gzip'] };
    const env: Record<string, string> = {};
    for (const [name, [metrics = '', general = '']] of Object.entries(twins)) {
      env[`OTEL_EXPORTER_OTLP_METRICS_${name}`] = metrics;
      env[`OTEL_EXPORTER_OTLP_${name}`] = general;
    }
    const { otlp } = load({ env }).settings;
    expect(otlp).to.deep.include({ headers: new Map([['a', '1']]), timeout: 1, compression: 'none' });
    const general = load({ env: { ...env, OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '' } }).settings.otlp;
    expect(general.timeout).to.equal(2);
  });

  it('reads times in milliseconds or with a unit', () => {
    const env = { OTEL_METRIC_EXPORT_INTERVAL: '15000', OTEL_METRIC_EXPORT_TIMEOUT: '1m30s' };
    const { otlp } = load({ yaml: 'otlp: {timeout: 2500}', env }).settings;
    expect(otlp).to.include({ export_interval: 15_000, export_timeout: 90_000, timeout: 2_500 });
  });

  it('decodes headers and attributes of variables and flags, and takes those of the file as they are', () => {
    const yaml = 'otlp: {headers: {api-key: a%20b}}';
    const env = { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=pre%2Dproduction,team=a%2Cb' };
    const { otlp } = load({ yaml, env }).settings;
    expect([...otlp.headers]).to.deep.equal([['api-key', 'a%20b']]);
    expect([...otlp.resource_attributes]).to.deep.equal([
      ['deployment.environment.name', 'pre-production'],
      ['team', 'a,b'],
    ]);
    const flags = load({ args: ['--otlp.headers', 'Authorization=Basic%20eDp5'] }).settings.otlp;
    expect([...flags.headers]).to.deep.equal([['Authorization', 'Basic eDp5']]);
  });

  it('says what is wrong without telling a secret', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:hunter2@collector',
      OTEL_EXPORTER_OTLP_HEADERS: 'api key=hunter2',
      OTEL_RESOURCE_ATTRIBUTES: 'team=%zz',
      OTEL_METRIC_EXPORT_INTERVAL: '0',
      OTLP_NAMING: 'dots',
    };
    const problems = problemsOf({ env });
    expect(problems).to.have.length(5);
    expect(problems.join('\n')).to.not.include('hunter2');
    expect(problems.join('\n'))
      .to.include(
        'otlp.endpoint = "http://***@collector" (environment OTEL_EXPORTER_OTLP_ENDPOINT): must not hold a user',
      )
      .and.include('otlp.headers (environment OTEL_EXPORTER_OTLP_HEADERS): must be names and values that HTTP allows')
      .and.include(
        'otlp.resource_attributes = "%zz" (environment OTEL_RESOURCE_ATTRIBUTES): must have values in percent',
      )
      .and.include('otlp.export_interval = "0" (environment OTEL_METRIC_EXPORT_INTERVAL): must be longer than 0')
      .and.include('otlp.naming = "dots" (environment OTLP_NAMING)');
  });

  for (const endpoint of ['collector:4317', 'grpc://collector:4317', '/v1/metrics', 'http://collector#x']) {
    it(`refuses ${endpoint} for an endpoint`, () => {
      expect(problemsOf({ args: ['--otlp.endpoint', endpoint] })).to.have.length(1);
    });
  }

  it('minds protocol and files only where it is on', () => {
    const args = [
      '--otlp.protocol',
      'grpc',
      '--otlp.certificate',
      '/none/ca.pem',
      '--otlp.client_key',
      '/none/key.pem',
    ];
    expect(problemsOf({ args })).to.deep.equal([]);
    expect(problemsOf({ args: [...args, '--otlp.enabled'] })).to.deep.equal([
      'otlp.certificate = "/none/ca.pem" (flag --otlp.certificate): must be a file that can be read: no such file',
      'otlp.client_certificate = "" (default): must be set when otlp.client_key is',
      'otlp.client_key = "/none/key.pem" (flag --otlp.client_key): must be a file that can be read: no such file',
      'otlp.protocol = "grpc" (flag --otlp.protocol): must be http/protobuf or http/json, which collectors take on port 4318; grpc is not supported',
    ]);
    withFile('ca.pem', '', (file) => {
      expect(problemsOf({ args: ['--otlp.enabled', '--otlp.certificate', file] })).to.deep.equal([]);
    });
  });
});
