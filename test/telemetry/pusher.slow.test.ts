import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { ServerOptions } from 'node:https';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { semconvNaming } from '../../lib/telemetry/naming.ts';
import { otlpProtocols } from '../../lib/telemetry/otlp-encoding.ts';
import { startPusher } from '../../lib/telemetry/pusher.ts';
import { testResources } from '../support/resources.ts';
import { type TestAgent, startTestAgent } from '../support/agent.ts';
import { type Authority, type Certificate, createAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import {
  type FakeCollector,
  type PushRequest,
  accept,
  answer,
  cut,
  hang,
  startFakeCollector,
  trickle,
} from '../support/fake-collector.ts';
import type { SentPoint } from '../support/otlp-request.ts';
import { testBuild } from '../support/pipeline.ts';
import { containerFacts, snapshotOf, sourceOf } from '../support/snapshots.ts';

describe('pushing', () => {
  let engine: Simulator;
  let collector: FakeCollector;
  let agent: TestAgent;

  const setUp = async (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<void> => {
    engine = await startSimulator({ containers: 4, allRunning: true });
    collector = await startFakeCollector();
    await start(args, env);
  };
  const start = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> => {
    agent = await startTestAgent(['--docker.host', engine.host, '--otlp.export_interval', '500ms', ...args], {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      ...env,
    });
  };
  afterEach(async () => {
    await agent.stop();
    await collector.stop();
    await engine.stop();
  });

  const nthPush = (count: number): Promise<PushRequest> =>
    eventually(`push ${count}`, () => collector.requests[count - 1]);
  const nextPush = (): Promise<PushRequest> => nthPush(collector.requests.length + 2);
  const linesAbout = (message: string): TestAgent['log'] => agent.log.filter((line) => line.message.includes(message));
  const failures = async (): Promise<number | undefined> =>
    (await agent.metrics()).value('exporter_otlp_push_failures_total');

  it('has each container as a resource of its own, and the exporter as another', async () => {
    await setUp([], { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=te%20st,service.namespace=ops' });
    const { points, headers, path } = await nthPush(1);
    expect(path).to.equal('/v1/metrics');
    expect(headers).to.include({ 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' });
    const resources = new Map(points.map(({ resource }) => [resource['container.id'], resource]));
    expect(resources.size).to.equal(5);
    for (const { id, name } of engine.containers.all()) {
      expect(resources.get(id)).to.include({
        'container.name': name,
        'container.runtime.name': 'docker',
        'host.name': 'simulated-engine',
        'deployment.environment.name': 'te st',
      });
      expect(resources.get(id)).to.include({ 'service.instance.id': id });
      expect(resources.get(id)?.['service.namespace']).to.not.equal('ops');
    }
    expect(resources.get(undefined)).to.include({
      'service.name': 'docker-stats-exporter',
      'service.namespace': 'ops',
      'service.version': '0.0.0',
      'host.name': 'simulated-engine',
    });
    expect(resources.get(undefined)?.['service.instance.id']).to.match(/^[0-9a-f-]{36}$/);
  });

  it('tells the same values as /metrics where they stand still', async () => {
    await setUp(['--metrics.cache.enabled', '--metrics.cache.ttl', '1h', '--otlp.naming', 'prometheus']);
    const metrics = await agent.metrics();
    const { points } = await nextPush();
    const pushed = points.filter(({ name }) => name.startsWith('container_') || name.startsWith('docker_'));
    expect(pushed.length).to.be.greaterThan(100);
    for (const { name, attributes, value } of pushed) {
      const labels: Record<string, string> = {};
      for (const [key, text] of Object.entries(attributes)) labels[key] = String(text);
      expect(metrics.value(name, labels), `${name} ${JSON.stringify(labels)}`).to.equal(value);
    }
  });

  it('puts namespace and global labels on what is pushed under the names of /metrics', async () => {
    await setUp(['--otlp.naming', 'prometheus', '--metrics.namespace', 'lab', '--metrics.global_labels', 'site=north']);
    const { points } = await nthPush(1);
    expect(
      points.filter(({ name, attributes }) => !name.startsWith('lab_') || attributes.site !== 'north'),
    ).to.deep.equal([]);
  });

  it('starts counters with their container, those of starts and exits when it was first seen, and its own with itself', async () => {
    const begun = Date.now() / 1000;
    await setUp();
    const container = engine.containers.all()[0];
    const { points } = await nthPush(1);
    const own = points.filter(({ resource }) => resource['container.id'] === container?.id);
    const startedAt = (await agent.metrics()).value('container_start_time_seconds', {
      container_name: container?.name ?? '',
    });
    expect(own.length).to.be.greaterThan(20);
    for (const { start, name } of own) {
      if (/^container\.(starts|exits|oom\.events)$/.test(name)) expect(start, name).to.be.within(begun, begun + 60);
      else expect(start, name).to.be.closeTo(startedAt ?? 0, 0.001);
    }
    const errors = points.filter(({ name }) => name === 'exporter.scrape.errors');
    for (const { start } of errors) expect(start).to.be.closeTo(performance.timeOrigin / 1000, 0.001);
    expect(errors).to.have.length(2);
  });

  it('moves the start and lets the value fall when a container restarts', async () => {
    await setUp();
    const { id, name } = engine.containers.all()[0] ?? { id: '', name: '' };
    const cpu = ({ points }: PushRequest): SentPoint | undefined =>
      points.find((point) => point.name === 'container.cpu.usage.time' && point.resource['container.id'] === id);
    const before = cpu(await nthPush(1));
    engine.containers.restart(name);
    const after = cpu(await nextPush());
    expect(after?.start).to.be.greaterThan(before?.start ?? Infinity);
    expect(after?.value).to.be.lessThan(before?.value ?? 0);
  });

  it('says nothing more of a container that is removed', async () => {
    await setUp();
    const { id, name } = engine.containers.all()[0] ?? { id: '', name: '' };
    const ids = ({ points }: PushRequest): Set<unknown> =>
      new Set(points.map((point) => point.resource['container.id']));
    expect(ids(await nthPush(1))).to.include(id);
    engine.containers.remove(name);
    expect(ids(await nextPush())).to.not.include(id);
  });

  for (const protocol of otlpProtocols) {
    it(`pushes increases that add up to those of the totals where deltas are asked for, in ${protocol}`, async () => {
      await setUp(['--otlp.protocol', protocol], { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' });
      const first = await agent.metrics();
      await nthPush(3);
      await agent.stop();
      const points = collector.requests.flatMap((request) => request.points);
      const counters = points.filter(({ kind }) => kind === 'counter');
      expect(new Set(counters.map(({ temporality }) => temporality))).to.deep.equal(new Set(['delta']));
      const others = points.filter(({ kind }) => kind === 'upDownCounter');
      expect(new Set(others.map(({ temporality }) => temporality))).to.deep.equal(new Set(['cumulative']));
      const { id, name } = engine.containers.all()[0] ?? { id: '', name: '' };
      const cpu = counters.filter(
        (point) => point.name === 'container.cpu.usage.time' && point.resource['container.id'] === id,
      );
      expect(cpu.length).to.be.at.least(4);
      for (const [index, { start }] of cpu.entries()) {
        if (index > 0) expect(start).to.be.closeTo(cpu[index - 1]?.end ?? 0, 1e-6);
      }
      agent = await startTestAgent(['--docker.host', engine.host]);
      const total = (metrics: typeof first): number =>
        metrics.value('container_cpu_usage_seconds_total', { container_name: name }) ?? 0;
      const used = total(await agent.metrics()) - total(first);
      const told = cpu.reduce((sum, { value }) => sum + value, 0);
      // The engine's counter went on for the moments before the first scrape and after the last push.
      expect(told).to.be.within(used * 0.3, used * 1.5);
      expect(told).to.be.below(total(first) / 2);
      expect(cpu[0]?.value).to.be.greaterThan(0);
    });
  }

  it('shares one snapshot with a scrape that falls together with it', async () => {
    await setUp(['--otlp.export_interval', '2s']);
    engine.fault('info', { delay: 500 });
    engine.traffic.reset();
    await eventually('the push asks the engine', () => engine.traffic.count('info') === 1);
    await agent.metrics();
    expect(collector.requests).to.have.length.at.most(1);
    expect(engine.traffic.count('info')).to.equal(1);
  });

  it('sends headers, without compression where that is asked for', async () => {
    await setUp(['--otlp.compression', 'none'], { OTEL_EXPORTER_OTLP_HEADERS: 'api-key=s%20ecret,x-tenant=lab' });
    const { headers } = await nthPush(1);
    expect(headers).to.include({ 'api-key': 's ecret', 'x-tenant': 'lab' });
    expect(headers).to.not.have.property('content-encoding');
    expect(JSON.stringify(agent.log)).to.not.include('ecret');
  });

  it('tells how pushing goes on /metrics, and nothing of it where nothing is pushed', async () => {
    await setUp();
    await nthPush(2);
    const metrics = await eventually('a success', async () => {
      const scraped = await agent.metrics();
      return (scraped.value('exporter_otlp_pushes_total') ?? 0) > 0 && scraped;
    });
    expect(metrics.value('exporter_otlp_push_failures_total')).to.equal(0);
    expect(metrics.value('exporter_otlp_last_success_timestamp_seconds')).to.be.closeTo(Date.now() / 1000, 60);
    await agent.stop();
    agent = await startTestAgent(['--docker.host', engine.host]);
    expect([...(await agent.metrics()).families.keys()].filter((name) => name.includes('otlp'))).to.deep.equal([]);
  });

  const troubles: readonly (readonly [string, FakeCollector['react'], RegExp])[] = [
    ['answers 400', answer(400), /^HTTP 400 Bad Request$/],
    ['answers 503', answer(503), /retry later/],
    ['answers 429 with a long Retry-After', answer(429, { 'Retry-After': '3600' }), /retry later/],
    ['never answers', hang, /timed out|no answer within/],
    ['answers without an end', trickle, /no answer within 300 ms/],
    ['closes the connection in the middle', cut, /hang up|ECONNRESET/],
  ];
  for (const [what, reaction, reason] of troubles) {
    it(`goes on when the collector ${what}, and says so once, and once when it is over`, async () => {
      await setUp(['--otlp.timeout', '300ms']);
      collector.react = reaction;
      await eventually('three failures', async () => ((await failures()) ?? 0) >= 3);
      collector.react = accept;
      await eventually('a success', () => linesAbout('OTLP push accepted').length > 0);
      const lines = linesAbout('OTLP push');
      expect(lines.map(({ message }) => message)).to.deep.equal(['OTLP push failed', 'OTLP push accepted']);
      expect(lines[0]?.reason).to.match(reason);
      expect(lines[0]?.endpoint).to.equal(`${collector.url}/v1/metrics`);
    });
  }

  for (const protocol of otlpProtocols) {
    it(`tries again within one push, after the time that the collector asks for, in ${protocol}`, async () => {
      await setUp(['--otlp.protocol', protocol, '--otlp.export_interval', '3s', '--otlp.timeout', '3s']);
      collector.react = (response) => {
        collector.react = accept;
        answer(503, { 'Retry-After': '1' })(response);
      };
      await eventually('a success', () => linesAbout('OTLP push accepted').length > 0);
      expect(collector.requests.map(({ points }) => points.length > 50)).to.deep.equal([true, true]);
      expect(await failures()).to.equal(0);
    });
  }

  it('pushes the same as JSON where that protocol is chosen', async () => {
    const frozen = ['--metrics.cache.enabled', '--metrics.cache.ttl', '1h', '--otlp.export_interval', '1s'];
    await setUp(frozen, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
    const { points, headers } = await nthPush(1);
    expect(headers).to.include({ 'content-type': 'application/json', 'content-encoding': 'gzip' });
    expect(points.length).to.be.greaterThan(100);
    const metrics = await agent.metrics();
    for (const { name } of engine.containers.all()) {
      const pushed = points.find(
        (point) => point.name === 'container.cpu.usage.time' && point.resource['container.name'] === name,
      );
      expect(pushed?.value).to.equal(metrics.value('container_cpu_usage_seconds_total', { container_name: name }));
    }
  });

  it('says what of a push in JSON the collector left', async () => {
    await setUp([], { OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json' });
    const body = JSON.stringify({ partialSuccess: { rejectedDataPoints: '3', errorMessage: 'old' } });
    collector.react = (response) => void response.writeHead(200).end(body);
    const [line] = await eventually('the line', () => {
      const lines = linesAbout('OTLP push');
      return lines.length > 0 && lines;
    });
    expect(line).to.include({ message: 'OTLP push accepted in part', rejected: 3, reason: 'old' });
  });

  it('counts a push of which the collector took a part as accepted, and says once what it left', async () => {
    await setUp();
    // ExportMetricsServiceResponse { partial_success: { rejected_data_points: 3, error_message: "old" } }
    const body = Buffer.from([0x0a, 7, 0x08, 3, 0x12, 3, ...Buffer.from('old')]);
    collector.react = (response) => void response.writeHead(200).end(body);
    await nthPush(4);
    expect(await failures()).to.equal(0);
    const [line, ...others] = linesAbout('OTLP push');
    expect(line).to.include({ level: 'warn', message: 'OTLP push accepted in part', rejected: 3, reason: 'old' });
    expect(others).to.deep.equal([]);
    expect(agent.log.filter(({ message }) => message.includes('Partial'))).to.deep.equal([]);
  });

  for (const protocol of otlpProtocols) {
    it(`pushes once more when it is told to stop, in ${protocol}`, async () => {
      await setUp(['--otlp.protocol', protocol, '--otlp.export_interval', '1h']);
      await agent.stop();
      expect(collector.requests).to.have.length(1);
      expect(collector.requests[0]?.points.length).to.be.greaterThan(50);
    });
  }

  it('leaves no connections behind where the collector never answers', async () => {
    await setUp(['--otlp.timeout', '100ms']);
    collector.react = hang;
    await eventually('four failures', async () => ((await failures()) ?? 0) >= 4);
    expect(collector.connections()).to.be.at.most(1);
  });
});

describe('a thousand pushes that fail', () => {
  const collectGarbage = (): number => {
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    return process.memoryUsage().heapUsed;
  };

  it('leave no more memory in use than a hundred', async function () {
    this.timeout(120_000);
    const containers = Array.from({ length: 5 }, (_, index) => containerFacts({ id: `${index}`, name: `c${index}` }));
    const collector = await startFakeCollector();
    collector.react = answer(400);
    collector.keepRequests = false;
    const pusher = startPusher({
      source: sourceOf(() => snapshotOf({ containers })),
      build: testBuild,
      naming: semconvNaming(testResources()),
      resources: testResources(),
      omitted: { container: 0, system: 0 },
      exporter: {
        protocol: 'http/protobuf',
        url: `${collector.url}/v1/metrics`,
        headers: {},
        compression: 'none',
        timeoutMs: 5_000,
        certificateFile: '',
        clientCertificateFile: '',
        clientKeyFile: '',
      },
      delta: true,
      intervalMs: 10,
      timeoutMs: 5_000,
      stopTimeoutMs: 5_000,
      lastCollectionTimeoutMs: 2_500,
      log: { info: () => {}, warn: () => {} },
    });
    const failed = (count: number): Promise<boolean> =>
      eventually(`${count} failures`, () => pusher.figures().failures >= count, { within: 100_000 });
    await failed(100);
    const before = collectGarbage();
    await failed(1_000);
    const after = collectGarbage();
    await pusher.stop();
    await collector.stop();
    expect(after - before).to.be.lessThan(2_000_000);
  });
});

describe('pushing over TLS', () => {
  let authority: Authority;
  let own: Certificate;
  let engine: Simulator;

  before(async () => {
    authority = await createAuthority();
    own = await authority.issue('collector');
    engine = await startSimulator({ containers: 1 });
  });
  after(async () => {
    await engine.stop();
    await authority.remove();
  });

  const pushTo = async (
    tls: ServerOptions,
    args: readonly string[],
    check: (collector: FakeCollector, agent: TestAgent) => Promise<void>,
  ): Promise<void> => {
    const collector = await startFakeCollector(tls);
    const agent = await startTestAgent([
      '--docker.host',
      engine.host,
      '--otlp.endpoint',
      collector.url,
      '--otlp.export_interval',
      // A push has no longer than that, and a busy machine takes its time over a handshake.
      '1s',
      ...args,
    ]);
    try {
      await check(collector, agent);
    } finally {
      await agent.stop();
      await collector.stop();
    }
  };

  const server = (): ServerOptions => ({ cert: readFileSync(own.certFile), key: readFileSync(own.keyFile) });

  it('works with an own authority and a client certificate', async () => {
    const tls = { ...server(), ca: authority.ca, requestCert: true, rejectUnauthorized: true };
    const args = [
      '--otlp.certificate',
      authority.caFile,
      '--otlp.client_certificate',
      own.certFile,
      '--otlp.client_key',
      own.keyFile,
    ];
    await pushTo(tls, args, async (collector) => {
      await eventually('a push', () => collector.requests.length > 0);
    });
  });

  it('reaches a hosted backend below a path, with an Authorization header and compressed', async () => {
    const collector = await startFakeCollector(server());
    const agent = await startTestAgent(
      ['--docker.host', engine.host, '--otlp.certificate', authority.caFile, '--otlp.export_interval', '1s'],
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/otlp`,
        OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Basic%20dTpw',
      },
    );
    try {
      const { path, headers } = await eventually('a push', () => collector.requests[0]);
      expect(path).to.equal('/otlp/v1/metrics');
      expect(headers).to.include({ authorization: 'Basic dTpw', 'content-encoding': 'gzip' });
    } finally {
      await agent.stop();
      await collector.stop();
    }
  });

  it('fails where the certificate is of nobody it knows, and says so once', async () => {
    await pushTo(server(), [], async (collector, agent) => {
      await eventually(
        'three failures',
        async () => ((await agent.metrics()).value('exporter_otlp_push_failures_total') ?? 0) >= 3,
      );
      const lines = agent.log.filter(({ message }) => message.startsWith('OTLP push'));
      expect(lines).to.have.length(1);
      expect(lines[0]?.reason).to.match(/certificate/);
      expect(collector.requests).to.deep.equal([]);
    });
  });

  it('does not start with a file that is no certificate', async () => {
    const text = join(authority.folder, 'text.pem');
    await writeFile(text, 'no certificate');
    const failure = await startTestAgent([
      '--docker.host',
      engine.host,
      '--otlp.endpoint',
      'https://127.0.0.1',
      '--otlp.client_certificate',
      text,
      '--otlp.client_key',
      text,
    ]).catch((error: Error) => error.message);
    expect(failure).to.match(/^otlp\.certificate, otlp\.client_certificate or otlp\.client_key can't be used: /);
  });
});
