import { expect } from 'chai';
import { semconvNaming } from '../../lib/telemetry/naming.ts';
import { type Pusher, type PusherOptions, startPusher } from '../../lib/telemetry/pusher.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeCollector, accept, hang, startFakeCollector } from '../support/fake-collector.ts';
import { testBuild } from '../support/pipeline.ts';
import { testResources } from '../support/resources.ts';
import { snapshotOf } from '../support/snapshots.ts';

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
      naming: semconvNaming,
      selectedLabels: undefined,
      resources: testResources(),
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
});
