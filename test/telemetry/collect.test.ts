import { expect } from 'chai';
import { createMemoryShare } from '../../lib/memory-budget.ts';
import type { ContainerFacts, Snapshot } from '../../lib/snapshot/facts.ts';
import type { SnapshotSource } from '../../lib/snapshot/source.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import { type CollectOptions, type Collected, createCollect } from '../../lib/telemetry/collect.ts';
import type { Point } from '../../lib/telemetry/metric-data.ts';
import { prometheusNaming } from '../../lib/telemetry/naming.ts';
import { quietSources } from '../support/bridges.ts';
import { containerFacts, snapshotOf, sourceOf } from '../support/snapshots.ts';

const naming = prometheusNaming('', {});

/** What is collected of snapshots of a source, beside the exporter itself. */
function collectOf(
  source: SnapshotSource,
  options: Partial<CollectOptions> = {},
): (timeoutMillis?: number) => Promise<Collected> {
  const collect = createCollect({ ...quietSources(source), naming, unknownStart: 0, ...options });
  return (timeoutMillis = 10_000) => collect(timeoutMillis);
}

function pointsIn({ metrics }: Collected, name: string): readonly Point[] {
  return metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
}

/** The points of one metric over a sequence of snapshots, one collection each. */
async function pointsOf(name: string, snapshots: readonly Snapshot[]): Promise<(readonly Point[])[]> {
  const remaining = [...snapshots];
  const collect = collectOf(sourceOf(() => remaining.shift() ?? snapshotOf()));
  const points = [];
  for (const _ of snapshots) points.push(pointsIn(await collect(), name));
  return points;
}

function burning(name: string, nanoseconds: number, startedAt = 1_700_000_000): ContainerFacts {
  const resources = parseStats({
    read: '2026-01-01T00:00:00Z',
    cpu_stats: { cpu_usage: { total_usage: nanoseconds } },
  });
  return containerFacts({ name, startedAt, resources });
}

describe('a collection', () => {
  const counter = 'container_cpu_usage_seconds_total';

  it('starts what fell without a restart where it began again, and everything else with the container', async () => {
    const resources = parseStats({ read: '2026-01-01T00:00:00Z', networks: { eth0: { rx_bytes: 7 }, eth1: {} } });
    const interfaces = resources?.interfaces.map((each) => ({ ...each, receiveBytes: 7 })) ?? [];
    const [first, second] = interfaces;
    if (resources === undefined || first === undefined || second === undefined) throw new Error('no interfaces');
    const starts = [
      { ...first, countedSince: 1_700_000_100 },
      { ...second, countedSince: 1_600_000_000 },
    ];
    const containers = [containerFacts({ startedAt: 1_700_000_000, resources: { ...resources, interfaces: starts } })];
    const takenAt = 1_700_000_200_000;
    const [points] = await pointsOf('container_network_receive_bytes_total', [snapshotOf({ containers, takenAt })]);
    expect(points?.map(({ startTime, endTime }) => [startTime[0], endTime[0]])).to.deep.equal([
      [1_700_000_100, 1_700_000_200],
      [1_700_000_000, 1_700_000_200],
    ]);
  });

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

  it('begins anew with a container that was started again, whatever it counts by then', async () => {
    const [, second] = await pointsOf(counter, [
      snapshotOf({ containers: [burning('web', 1e9, 1_700_000_000)] }),
      snapshotOf({ containers: [burning('web', 1e9, 1_700_000_050)] }),
    ]);
    expect(second?.map(({ startTime }) => startTime)).to.deep.equal([[1_700_000_050, 0]]);
  });

  it('shows 3,000 containers without folding any into an overflow series', async () => {
    const containers = Array.from({ length: 3_000 }, (_, index) => burning(`c${index}`, index + 1));
    const [points] = await pointsOf(counter, [snapshotOf({ containers })]);
    expect(new Set(points?.map(({ attributes }) => attributes.container_name)).size).to.equal(3_000);
    expect(points?.some(({ attributes }) => 'otel.metric.overflow' in attributes)).to.equal(false);
  });

  it('keeps each metric in one piece, however many containers there are', async () => {
    const containers = Array.from({ length: 600 }, (_, index) => burning(`c${index}`, index + 1));
    const collected = await collectOf(sourceOf(() => snapshotOf({ containers })))();
    const names = collected.metrics.map(({ descriptor }) => descriptor.name);
    expect(new Set(names).size).to.equal(names.length);
    expect(pointsIn(collected, 'container_info')).to.have.length(600);
  });

  describe('with little time', () => {
    let clock: number;
    /** What the source was asked for, in milliseconds. */
    let asked: (number | undefined)[];
    let snapshot: Snapshot;
    let lines: unknown[];
    let collectWithin: (timeoutMillis: number) => Promise<Collected>;

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
      lines = [];
      const source: SnapshotSource = {
        get: async ({ timeoutMillis } = {}) => {
          asked.push(timeoutMillis);
          return snapshot;
        },
        start: () => {},
        stop: () => {},
      };
      const warn = (message: string, fields?: object): void => void lines.push([message, fields]);
      const pages = { share: createMemoryShare(Infinity), copies: 1 };
      collectWithin = collectOf(source, { log: { info: () => {}, warn }, now: () => clock, pages });
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
        const collected = await collectWithin(16_000);
        expect(pointsIn(collected, 'container_info')).to.have.length(800);
        expect(collected.input.snapshot.errors).to.deep.equal({ container: 3 + total, system: 0 });
      }
      expect(lines).to.deep.equal([['deadline reached, containers omitted', { omitted: 200, shown: 800 }]]);
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
      expect(pointsIn(await collectWithin(1), 'container_info')).to.have.length(100);
    });
  });

  it('lets other work come in between while it collects many containers', async () => {
    const containers = Array.from({ length: 1_000 }, (_, index) => burning(`c${index}`, index + 1));
    const source = sourceOf(() => snapshotOf({ containers }));
    let turns = 0;
    const count = (): void => {
      turns += 1;
      turn = setImmediate(count);
    };
    let turn = setImmediate(count);
    await collectOf(source)();
    clearImmediate(turn);
    expect(turns).to.be.at.least(4);
  });
});
