import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { processStartedAt, readProcess } from '../../lib/metrics/self.ts';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import { semconvNaming } from '../../lib/telemetry/naming.ts';
import { type Pusher, type PusherOptions, startPusher } from '../../lib/telemetry/pusher.ts';
import { eventually } from '../support/eventually.ts';
import { sdkWarnings } from '../support/sdk-warnings.ts';
import {
  type FakeCollector,
  type PushRequest,
  accept,
  answer,
  hang,
  startFakeCollector,
} from '../support/fake-collector.ts';
import { testBuild } from '../support/pipeline.ts';
import { testResources } from '../support/resources.ts';
import { containerFacts, snapshotOf, sourceOf } from '../support/snapshots.ts';

const hourMs = 3_600_000;

describe('the pusher', () => {
  let collector: FakeCollector;
  let pusher: Pusher | undefined;
  /** How long each collection may take. */
  let collectionTimeouts: unknown[];
  let log: { message: string; fields: unknown }[];

  beforeEach(async () => {
    collector = await startFakeCollector();
    collectionTimeouts = [];
    log = [];
  });
  afterEach(async () => {
    collector.react = accept;
    await pusher?.stop();
    await collector.stop();
  });

  const start = (options: Partial<PusherOptions> = {}, query = ''): Pusher => {
    const write = (message: string, fields: unknown): void => void log.push({ message, fields });
    pusher = startPusher({
      source: {
        get: async ({ timeoutMillis } = {}) => {
          collectionTimeouts.push(timeoutMillis);
          return snapshotOf();
        },
        start: () => {},
        stop: () => {},
      },
      build: testBuild,
      naming: semconvNaming(testResources()),
      resources: testResources(),
      omitted: { container: 0, system: 0 },
      exporter: {
        protocol: 'http/protobuf',
        url: `${collector.url}/v1/metrics${query}`,
        headers: {},
        compression: 'none',
        timeoutMs: 60_000,
        certificateFile: '',
        clientCertificateFile: '',
        clientKeyFile: '',
      },
      delta: false,
      intervalMs: hourMs,
      timeoutMs: 30_000,
      stopTimeoutMs: 5_000,
      lastCollectionTimeoutMs: 2_500,
      log: { info: write, warn: write },
      ...options,
    });
    return pusher;
  };

  for (const [timeoutMs, expected] of [
    [30_000, 60],
    [40, 40],
  ] as const) {
    it(`gives a collection ${expected} ms of a timeout of ${timeoutMs} ms where it pushes every 60 ms`, async () => {
      start({ intervalMs: 60, timeoutMs, lastCollectionTimeoutMs: 1 });
      await eventually('a collection', () => collectionTimeouts.length > 0);
      expect(collectionTimeouts[0]).to.equal(expected);
    });
  }

  for (const [timeoutMs, expected] of [
    [30_000, 2_500],
    [1_000, 1_000],
  ] as const) {
    it(`pushes once more when it stops, after a collection of at most ${expected} ms`, async () => {
      await start({ timeoutMs }).stop();
      expect(collectionTimeouts).to.deep.equal([expected]);
      expect(collector.requests).to.have.length(1);
      expect(collector.requests[0]?.points.length).to.be.greaterThan(0);
    });
  }

  it('gives up a push by the time the next one is due', async () => {
    collector.react = hang;
    const { figures } = start({ intervalMs: 100 });
    await eventually('two failures', () => figures().failures >= 2);
  });

  it('stops in time where the collector does not answer', async () => {
    collector.react = hang;
    const { stop, figures } = start({ stopTimeoutMs: 100, timeoutMs: 1_000 });
    await stop();
    expect(figures()).to.include({ pushes: 0 });
  });

  it('keeps the query of the endpoint, which may hold a token, out of the log', async () => {
    await start({}, '?token=secret\n').stop();
    expect(collector.requests.map(({ path }) => path)).to.deep.equal(['/v1/metrics?token=secret']);
    expect(log).to.deep.equal([{ message: 'OTLP push accepted', fields: { endpoint: `${collector.url}/v1/metrics` } }]);
  });

  describe('with hundreds of containers', () => {
    const containers = Array.from({ length: 250 }, (_, index) => containerFacts({ id: `${index}`, name: `c${index}` }));
    const source = sourceOf(() => snapshotOf({ containers }));
    const idsIn = ({ points }: PushRequest): Set<unknown> =>
      new Set(points.map(({ resource }) => resource['container.id']));

    it('sends a hundred at a time, each whole, and the exporter once', async () => {
      const { stop, figures } = start({ source });
      await stop();
      expect(collector.requests.map((request) => idsIn(request).size)).to.deep.equal([101, 100, 50]);
      const ids = collector.requests.flatMap((request) => [...idsIn(request)]);
      expect(new Set(ids).size).to.equal(251);
      const counts = containers.map(
        ({ id }) =>
          collector.requests.flatMap(({ points }) => points).filter(({ resource }) => resource['container.id'] === id)
            .length,
      );
      expect(new Set(counts).size).to.equal(1);
      expect(figures()).to.include({ pushes: 1, failures: 0 });
    });

    it('sends the others where one request is refused, and counts one failure', async () => {
      collector.react = (response) => {
        collector.react = accept;
        response.writeHead(400).end('too old');
      };
      const { stop, figures } = start({ source });
      await stop();
      expect(collector.requests).to.have.length(3);
      expect(figures()).to.include({ pushes: 1, failures: 1 });
      expect(log.map(({ fields }) => fields)).to.deep.include.members([
        { endpoint: `${collector.url}/v1/metrics`, reason: 'HTTP 400 Bad Request: too old' },
      ]);
    });

    it('sends no more where nobody takes one', async () => {
      collector.react = answer(503, { 'Retry-After': '3600' });
      const { stop, figures } = start({ source });
      await stop();
      expect(collector.requests).to.have.length(1);
      expect(figures()).to.include({ pushes: 1, failures: 1 });
    });

    it('repeats after a push in part only the increases that were refused', async () => {
      let accepted = 0;
      const startedAt = Math.ceil(processStartedAt) + 1;
      const lifecycle = { ...containerFacts().lifecycle, countedSince: startedAt };
      const young = containers.map(({ id, name }) => containerFacts({ id, name, startedAt, lifecycle }));
      const { stop } = start({
        source: sourceOf(() => snapshotOf({ containers: young, takenAt: (startedAt + (accepted += 1)) * 1_000 })),
        delta: true,
        intervalMs: 1_500,
      });
      collector.react = (response) => {
        if (collector.requests.length === 0) collector.react = accept;
        response.writeHead(collector.requests.length === 0 ? 400 : 200).end();
      };
      await eventually('two pushes', () => collector.requests.length >= 6);
      await stop();
      const begins = (request: PushRequest | undefined): Set<boolean> =>
        new Set(
          request?.points
            .filter(({ name, resource }) => name === 'container.starts' && resource['container.id'] !== undefined)
            .map(({ start: begin }) => begin === startedAt),
        );
      expect(collector.requests.slice(3, 6).map(begins)).to.deep.equal([
        new Set([true]),
        new Set([false]),
        new Set([false]),
      ]);
    });
  });

  it('pushes as increases what containers used since the exporter began to look, not their whole life', async () => {
    let seconds = 85;
    const source = sourceOf(() => {
      const resources = parseStats({
        read: '2026-01-01T00:00:00Z',
        cpu_stats: { cpu_usage: { total_usage: seconds * 1e9 } },
      });
      return snapshotOf({ containers: [containerFacts({ resources })], takenAt: Date.now() });
    });
    let looks = 0;
    const get = (): Promise<Snapshot> => {
      looks += 1;
      return source.get();
    };
    const { stop } = start({ source: { ...source, get }, delta: true });
    await eventually('a first look', () => looks > 0);
    await setImmediate();
    seconds += 1.5;
    await stop();
    const used = collector.requests
      .flatMap(({ points }) => points)
      .filter(({ name }) => name === 'container.cpu.usage.time');
    expect(used.map(({ value }) => value)).to.deep.equal([1.5]);
  });

  it("tells the exporter's own process and settings, under their own names", async () => {
    const reload = { successful: true, succeededAt: 1_700_000_000 };
    await start({ self: async () => ({ reload, process: await readProcess() }) }).stop();
    const names = new Set(collector.requests[0]?.points.map(({ name }) => name));
    expect([...names]).to.include.members([
      'exporter.process.cpu.time',
      'exporter.process.memory.usage',
      'exporter.process.start_time',
      'exporter.eventloop.lag',
      'exporter.heap.used',
      'exporter.heap.total',
      'exporter.heap.external',
      'exporter.config.last_reload.successful',
      'exporter.config.last_reload.success_time',
    ]);
  });

  it('says no more of a process whose figures are switched off', async () => {
    let isShown = true;
    const reload = { successful: true, succeededAt: 1_700_000_000 };
    const { stop } = start({
      intervalMs: 100,
      self: async () => ({ reload, process: isShown ? await readProcess() : undefined }),
    });
    const hasProcess = (request: PushRequest | undefined): boolean =>
      request?.points.some(({ name }) => name.startsWith('exporter.process.')) ?? false;
    await eventually('a push', () => collector.requests.length > 0);
    isShown = false;
    const before = collector.requests.length;
    await eventually('two more', () => collector.requests.length >= before + 2);
    await stop();
    expect(hasProcess(collector.requests[0])).to.equal(true);
    expect(hasProcess(collector.requests.at(-1))).to.equal(false);
  });

  it('counts and logs it where nothing can be collected, and goes on', async () => {
    let broken = true;
    const warnings = await sdkWarnings(async () => {
      const { stop, figures } = start({
        intervalMs: 400,
        self: async () => {
          if (broken) throw new Error('no more files');
          return { reload: { successful: true, succeededAt: 0 }, process: undefined };
        },
      });
      await eventually('two failures', () => figures().failures >= 2);
      broken = false;
      await eventually('a push', () => collector.requests.length > 0);
      await stop();
    });
    expect(log.map(({ message }) => message)).to.deep.equal(['OTLP push failed', 'OTLP push accepted']);
    expect(log[0]?.fields).to.include({ reason: 'no more files' });
    expect(warnings).to.deep.equal([]);
  });

  it('leaves it to the log of pushes to say that they fail', async () => {
    collector.react = answer(400);
    const warnings = await sdkWarnings(async () => {
      const { figures } = start({ intervalMs: 400 });
      await eventually('three failures', () => figures().failures >= 3);
    });
    expect(warnings).to.deep.equal([]);
    expect(log).to.have.length(1);
  });
});
