import { expect } from 'chai';
import { createContainerFeed } from '../../lib/http/container-feed.ts';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { containerFacts, snapshotOf } from '../support/snapshots.ts';

interface Content {
  readonly up: boolean;
  readonly awaySince?: number;
  readonly containers: readonly Readonly<Record<string, unknown>>[];
}

describe('what the page is fed with', () => {
  let now: number;
  let asked: number;
  let next: () => Promise<Snapshot>;

  beforeEach(() => {
    now = 0;
    asked = 0;
    next = async () => snapshotOf({ containers: [containerFacts({ name: 'web', composeProject: 'shop' })] });
  });

  const create = () =>
    createContainerFeed({
      snapshot: () => {
        asked += 1;
        return next();
      },
      now: () => now,
    });

  it('takes one snapshot for all who ask within two seconds', async () => {
    const { get } = create();
    const answers = await Promise.all(Array.from({ length: 10 }, get));
    now = 1_999;
    answers.push(await get());
    expect(new Set(answers).size).to.equal(1);
    expect(asked).to.equal(1);
    now = 2_000;
    await get();
    expect(asked).to.equal(2);
  });

  it('begins no second snapshot while one is under way, however long it takes', async () => {
    const slow = Promise.withResolvers<Snapshot>();
    next = () => slow.promise;
    const { get } = create();
    const first = get();
    now = 60_000;
    const second = get();
    slow.resolve(snapshotOf());
    expect(await second).to.equal(await first);
    expect(asked).to.equal(1);
  });

  it('tells of a container what the page shows, with a name that is as it is', async () => {
    const content = JSON.parse((await create().get()).toString()) as Content;
    expect(content.containers[0]).to.include({ id: 'f'.repeat(12), name: 'web', project: 'shop', state: 'running' });
  });

  it('knows since when the daemon is away, and forgets it when it is back', async () => {
    const { get, observe } = create();
    next = async () => snapshotOf({ up: false, takenAt: 5_000 });
    observe(snapshotOf({ up: false, takenAt: 3_000 }));
    observe(snapshotOf({ up: false, takenAt: 5_000 }));
    expect(JSON.parse((await get()).toString())).to.include({ up: false, awaySince: 3_000 });
    observe(snapshotOf({ up: true }));
    next = async () => snapshotOf();
    now = 2_000;
    expect(JSON.parse((await get()).toString()))
      .to.include({ up: true })
      .and.to.not.have.property('awaySince');
  });
});
