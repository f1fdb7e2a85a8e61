import { expect } from 'chai';
import winston from 'winston';
import { createEngineLog } from '../../lib/snapshot/engine-log.ts';
import { snapshotOf } from '../support/snapshots.ts';

describe('the log of the engine', () => {
  it('knows since when the daemon is away, and forgets it when it is back', () => {
    const { observe, awaySince } = createEngineLog(winston.createLogger({ silent: true }), 'unix:///docker.sock');
    expect(awaySince()).to.equal(undefined);
    observe(snapshotOf({ up: false, takenAt: 3_000 }));
    observe(snapshotOf({ up: false, takenAt: 5_000 }));
    expect(awaySince()).to.equal(3_000);
    observe(snapshotOf({ up: true, takenAt: 6_000 }));
    expect(awaySince()).to.equal(undefined);
  });
});
