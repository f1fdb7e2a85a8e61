import { expect } from 'chai';
import { createContainerFeed } from '../../lib/http/container-feed.ts';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { containerFacts, limitFacts, snapshotOf } from '../support/snapshots.ts';

interface Content {
  readonly up: boolean;
  readonly awaySince?: number;
  readonly containers: readonly Readonly<Record<string, unknown>>[];
  readonly events: readonly unknown[];
}

describe('the containers of the dashboard', () => {
  let now: number;
  let asked: number;
  let next: () => Promise<Snapshot>;
  let awaySince: number | undefined;

  beforeEach(() => {
    now = 0;
    asked = 0;
    awaySince = undefined;
    next = async () => snapshotOf({ containers: [containerFacts({ name: 'web', composeProject: 'shop' })] });
  });

  const create = () =>
    createContainerFeed({
      snapshot: () => {
        asked += 1;
        return next();
      },
      awaySince: () => awaySince,
      now: () => now,
    });

  it('take one snapshot for all requests within two seconds', async () => {
    const feed = create();
    const answers = await Promise.all(Array.from({ length: 10 }, feed));
    now = 1_999;
    answers.push(await feed());
    expect(new Set(answers).size).to.equal(1);
    expect(asked).to.equal(1);
    now = 2_000;
    await feed();
    expect(asked).to.equal(2);
  });

  it('hold what the dashboard shows of a container, with its name unchanged', async () => {
    const content = JSON.parse((await create()()).toString()) as Content;
    expect(content.containers[0]).to.include({ id: 'f'.repeat(12), name: 'web', project: 'shop', state: 'running' });
  });

  it('hold the limits that are set', async () => {
    const limits = [{ memory: 2 ** 30, nanoCpus: 5e8 }, { cpuQuota: 30_000, cpuPeriod: 20_000 }, {}].map(limitFacts);
    next = async () => snapshotOf({ containers: limits.map((each) => containerFacts({ limits: each })) });
    const { containers } = JSON.parse((await create()()).toString()) as Content;
    expect(containers[0]).to.include({ cpuLimit: 0.5, memoryLimit: 2 ** 30 });
    expect(containers[1]).to.include({ cpuLimit: 1.5 });
    expect(containers[2]).to.not.have.any.keys('cpuLimit', 'memoryLimit');
  });

  it('hold what happened, of each and over all, newest first', async () => {
    const event = { containerId: 'f'.repeat(64), containerName: 'web', reason: undefined, signal: undefined };
    const recentEvents = [
      { ...event, at: 10.5, action: 'start', exitCode: undefined },
      { ...event, at: 20, action: 'die', exitCode: 3, reason: 'error' as const },
    ];
    const { lifecycle } = snapshotOf();
    const container = containerFacts();
    next = async () =>
      snapshotOf({
        containers: [{ ...container, lifecycle: { ...container.lifecycle, recentEvents } }],
        lifecycle: { ...lifecycle, recentEvents },
      });
    const { containers, events } = JSON.parse((await create()()).toString()) as Content;
    const [end, start] = [
      { at: 20, action: 'die', exitCode: 3, reason: 'error' },
      { at: 10.5, action: 'start' },
    ];
    expect(containers[0]?.['events']).to.deep.equal([end, start]);
    expect(events).to.deep.equal([
      { name: 'web', ...end },
      { name: 'web', ...start },
    ]);
  });

  it('say since when the daemon is away, while it is', async () => {
    const feed = create();
    next = async () => snapshotOf({ up: false, takenAt: 5_000 });
    awaySince = 3_000;
    expect(JSON.parse((await feed()).toString())).to.include({ up: false, awaySince: 3_000 });
    next = async () => snapshotOf();
    now = 2_000;
    expect(JSON.parse((await feed()).toString()))
      .to.include({ up: true })
      .and.to.not.have.property('awaySince');
  });
});
