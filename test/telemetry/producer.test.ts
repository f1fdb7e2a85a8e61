import type { Attributes } from '@opentelemetry/api';
import type { DataPoint } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { buildInfo } from '../../lib/build-info.ts';
import { catalogue } from '../../lib/metrics/catalogue.ts';
import type { ContainerFacts, Snapshot } from '../../lib/snapshot/facts.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import { createMetricProducer } from '../../lib/telemetry/producer.ts';
import { containerFacts, snapshotOf, sourceOf } from '../support/snapshots.ts';

interface Point {
  readonly value: unknown;
  readonly attributes: Attributes;
  readonly startTime: readonly [number, number];
}

/** The points of one metric over a sequence of snapshots, one collection each. */
async function pointsOf(name: string, snapshots: readonly Snapshot[]): Promise<Point[][]> {
  const remaining = [...snapshots];
  const source = sourceOf(() => remaining.shift() ?? snapshotOf());
  const producer = createMetricProducer({ groups: catalogue, source, build: buildInfo });
  const points: Point[][] = [];
  for (const _ of snapshots) {
    const { resourceMetrics, errors } = await producer.collect();
    expect(errors).to.deep.equal([]);
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    points.push(
      metrics
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }): readonly Point[] => dataPoints),
    );
  }
  return points;
}

function burning(name: string, nanoseconds: number, startedAt = 1_700_000_000): ContainerFacts {
  const resources = parseStats({
    read: '2026-01-01T00:00:00Z',
    cpu_stats: { cpu_usage: { total_usage: nanoseconds } },
  });
  return containerFacts({ name, startedAt, resources });
}

describe('createMetricProducer', () => {
  const counter = 'container_cpu_usage_seconds_total';

  it('has no series of a container that is gone', async () => {
    const [first, second] = await pointsOf(counter, [
      snapshotOf({ containers: [burning('stays', 1e9), burning('goes', 1e9)] }),
      snapshotOf({ containers: [burning('stays', 2e9)] }),
    ]);
    expect(first?.map(({ attributes }) => attributes.container_name)).to.deep.equal(['stays', 'goes']);
    expect(second?.map(({ attributes }) => attributes.container_name)).to.deep.equal(['stays']);
  });

  it('shows the new value of a restarted container, not old and new together', async () => {
    const [, second] = await pointsOf(counter, [
      snapshotOf({ containers: [burning('web', 15_230_744_000)] }),
      snapshotOf({ containers: [burning('web', 500_000_000)] }),
    ]);
    expect(second?.[0]?.value).to.equal(0.5);
  });

  it('does not drift over many collections', async () => {
    const values = Array.from({ length: 200 }, (_, index) => 100_000_001 * (index + 1));
    const points = await pointsOf(
      counter,
      values.map((value) => snapshotOf({ containers: [burning('web', value)] })),
    );
    expect(points.map(([point]) => point?.value)).to.deep.equal(values.map((value) => value / 1e9));
  });

  it("starts a container's points at its start, to the nanosecond", async () => {
    const [points] = await pointsOf(counter, [snapshotOf({ containers: [burning('web', 1, 1_700_000_000.25)] })]);
    expect(points?.[0]?.startTime).to.deep.equal([1_700_000_000, 250_000_000]);
  });

  it('keeps the data point of a value that is what it was, and makes a new one of another', async () => {
    const [first, second, third] = await pointsOf(counter, [
      snapshotOf({ containers: [burning('idle', 1e9), burning('busy', 1e9)] }),
      snapshotOf({ containers: [burning('new', 1e9), burning('idle', 1e9), burning('busy', 2e9)] }),
      snapshotOf({ containers: [burning('new', 1e9), burning('idle', 1e9), burning('busy', 1e9)] }),
    ]);
    expect(second?.map(({ value }) => value)).to.deep.equal([1, 1, 2]);
    expect(third?.map(({ value }) => value)).to.deep.equal([1, 1, 1]);
    expect(second?.[1]).to.equal(first?.[0]);
    expect(third?.[1]).to.equal(first?.[0]);
    expect(first?.[1]?.value).to.equal(1);
  });

  it('begins anew with a container that was started again, whatever it counts by then', async () => {
    const [, second] = await pointsOf(counter, [
      snapshotOf({ containers: [burning('web', 1e9, 1_700_000_000)] }),
      snapshotOf({ containers: [burning('web', 1e9, 1_700_000_050)] }),
    ]);
    expect(second?.map(({ startTime }) => startTime)).to.deep.equal([[1_700_000_050, 0]]);
  });

  it('forgets the data points of a container with the container', async () => {
    const [first, , third] = await pointsOf(counter, [
      snapshotOf({ containers: [burning('web', 1e9)] }),
      snapshotOf(),
      snapshotOf({ containers: [burning('web', 1e9)] }),
    ]);
    expect(third?.map(({ value }) => value)).to.deep.equal([1]);
    expect(third?.[0]).not.to.equal(first?.[0]);
  });

  it('keeps no data point of a series with very long labels', async () => {
    const [first, second] = await pointsOf(counter, [
      snapshotOf({ containers: [burning('w'.repeat(3_000), 1e9), burning('web', 1e9)] }),
      snapshotOf({ containers: [burning('w'.repeat(3_000), 1e9), burning('web', 1e9)] }),
    ]);
    expect(second?.map(({ value }) => value)).to.deep.equal([1, 1]);
    expect(second?.[0]).not.to.equal(first?.[0]);
    expect(second?.[1]).to.equal(first?.[1]);
  });

  it('shows 3,000 containers without folding any into an overflow series', async () => {
    const containers = Array.from({ length: 3_000 }, (_, index) => burning(`c${index}`, index));
    const [points] = await pointsOf(counter, [snapshotOf({ containers })]);
    expect(new Set(points?.map(({ attributes }) => attributes.container_name)).size).to.equal(3_000);
    expect(points?.some(({ attributes }) => 'otel.metric.overflow' in attributes)).to.equal(false);
  });

  it('keeps each metric in one piece, in the order of the catalogue, however many containers there are', async () => {
    const containers = Array.from({ length: 600 }, (_, index) => burning(`c${index}`, index));
    const source = sourceOf(() => snapshotOf({ containers }));
    const { resourceMetrics } = await createMetricProducer({ groups: catalogue, source, build: buildInfo }).collect();
    const found = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const names = found.map(({ descriptor }) => descriptor.name);
    const order = catalogue.flatMap(({ metrics }) => metrics.map(({ name }) => name));
    expect(names).to.deep.equal(order.filter((name) => names.includes(name)));
    expect(found.find(({ descriptor }) => descriptor.name === 'container_info')?.dataPoints).to.have.length(600);
    expect(found.find(({ descriptor }) => descriptor.name === 'exporter_up')?.dataPoints).to.have.length(1);
  });

  it('says what went wrong where a group cannot be read, and has all others', async () => {
    const fault = new Error('not to be read');
    const groups = catalogue.map((each) => ({
      ...each,
      read: each.metrics.some(({ name }) => name === counter)
        ? () => {
            throw fault;
          }
        : each.read,
    }));
    const source = sourceOf(() => snapshotOf({ containers: [burning('web', 1)] }));
    const { resourceMetrics, errors } = await createMetricProducer({ groups, source, build: buildInfo }).collect();
    expect(errors).to.deep.equal([fault]);
    const found = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const names = found.map(({ descriptor }) => descriptor.name);
    expect(names).to.include.members(['container_info', 'exporter_up']).and.not.include(counter);
  });

  describe('with little time', () => {
    let clock: number;
    /** What the source was asked for, in milliseconds. */
    let asked: (number | undefined)[];
    let snapshot: Snapshot;
    let leftOut: number[][];
    let collectWithin: (timeoutMillis: number) => Promise<Map<string, readonly DataPoint<unknown>[]>>;

    /** A container that takes 10 ms to be read. */
    const slow = (name: string): ContainerFacts => {
      let isRead = false;
      return Object.defineProperty({ ...containerFacts() }, 'name', {
        get: () => {
          clock += isRead ? 0 : 10;
          isRead = true;
          return name;
        },
      });
    };
    const slowContainers = (count: number): ContainerFacts[] =>
      Array.from({ length: count }, (_, index) => slow(`c${index}`));

    beforeEach(() => {
      clock = 1_000_000;
      asked = [];
      leftOut = [];
      const producer = createMetricProducer({
        groups: catalogue,
        source: {
          get: async ({ timeoutMillis } = {}) => {
            asked.push(timeoutMillis);
            return snapshot;
          },
          start: () => {},
          stop: () => {},
        },
        build: buildInfo,
        onLeftOut: (...counts) => leftOut.push(counts),
        now: () => clock,
      });
      collectWithin = async (timeoutMillis) => {
        const { resourceMetrics } = await producer.collect({ timeoutMillis });
        const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
        return new Map(metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]));
      };
    });

    it('keeps for what follows the snapshot twice what the data took before, at most half of it all', async () => {
      for (let scrape = 0; scrape < 2; scrape += 1) {
        snapshot = snapshotOf({ containers: slowContainers(100) });
        await collectWithin(10_000);
      }
      await collectWithin(3_000);
      expect(asked).to.deep.equal([5_000, 8_000, 1_500]);
    });

    it('gives the next snapshots no less time because of a single stall', async () => {
      for (const containers of [100, 3_000, 100, 100]) {
        snapshot = snapshotOf({ containers: slowContainers(containers) });
        await collectWithin(100_000);
      }
      expect(asked).to.deep.equal([95_000, 98_000, 98_000, 98_000]);
    });

    it('leaves out the containers that would come too late, and counts them', async () => {
      for (const total of [200, 400]) {
        snapshot = snapshotOf({ containers: slowContainers(1_000), errors: { container: 3, system: 0 } });
        const points = await collectWithin(16_000);
        expect(points.get('container_info')).to.have.length(800);
        expect(points.get('exporter_up')?.map(({ value }) => value)).to.deep.equal([1]);
        const errors = points.get('exporter_scrape_errors_total')?.map(({ value }) => value);
        expect(errors).to.deep.equal([3 + total, 0]);
      }
      expect(leftOut).to.deep.equal([[200, 800]]);
    });

    it('keeps time for those that it left out', async () => {
      for (let scrape = 0; scrape < 2; scrape += 1) {
        snapshot = snapshotOf({ containers: slowContainers(1_000) });
        await collectWithin(16_000);
      }
      await collectWithin(100_000);
      expect(asked).to.deep.equal([11_000, 8_000, 80_000]);
    });

    it('shows some containers however late it is', async () => {
      snapshot = snapshotOf({ containers: slowContainers(1_000) });
      expect((await collectWithin(1)).get('container_info')).to.have.length(100);
    });
  });

  it('lets other work come in between while it collects many containers', async () => {
    const containers = Array.from({ length: 1_000 }, (_, index) => burning(`c${index}`, index));
    const source = sourceOf(() => snapshotOf({ containers }));
    let turns = 0;
    const count = (): void => {
      turns += 1;
      turn = setImmediate(count);
    };
    let turn = setImmediate(count);
    await createMetricProducer({ groups: catalogue, source, build: buildInfo }).collect();
    clearImmediate(turn);
    expect(turns).to.be.at.least(4);
  });
});
