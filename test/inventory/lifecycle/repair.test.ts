import { expect } from 'chai';
import { type Inspection, neverInspected } from '../../../lib/inventory/inspection.ts';
import type { ExitReason } from '../../../lib/inventory/lifecycle/exits.ts';
import { type MissedExits, missedBetween } from '../../../lib/inventory/lifecycle/repair.ts';

const inspected = (facts: Partial<Inspection>): Inspection => ({ ...neverInspected, ...facts });
const running = (startedAt: number, restartCount = 0): Inspection =>
  inspected({ state: 'running', startedAt, restartCount });
/** How many ends there were, by their reasons. */
function countsOf(exits: readonly MissedExits[]): Partial<Record<ExitReason, number>> {
  const counts: Partial<Record<ExitReason, number>> = {};
  for (const { reason, count } of exits) counts[reason] = (counts[reason] ?? 0) + count;
  return counts;
}
const nothing = { starts: 0, exits: 0, lastStartAt: 0 };

describe('what two inspections prove', () => {
  it('is nothing where they agree', () => {
    expect(missedBetween(running(10), running(10), nothing)).to.deep.equal({ starts: 0, exits: [] });
  });

  it('is one start and one stop where only StartedAt differs', () => {
    const after = { ...running(30), finishedAt: 25 };
    expect(missedBetween(running(10), after, nothing)).to.deep.equal({
      starts: 1,
      exits: [{ reason: 'stopped', count: 1, seconds: 15 }],
    });
  });

  it('is a start and an error for each restart of the policy', () => {
    const { starts, exits } = missedBetween(running(10, 1), running(30, 4), nothing);
    expect([starts, countsOf(exits)]).to.deep.equal([3, { error: 3 }]);
  });

  it('is a start by hand, and the restarts after it, where RestartCount fell', () => {
    const { starts, exits } = missedBetween(running(10, 5), running(30, 2), nothing);
    expect([starts, countsOf(exits)]).to.deep.equal([3, { error: 2, stopped: 1 }]);
  });

  it('leaves out what events have told', () => {
    const counted = { starts: 2, exits: 2, lastStartAt: 29 };
    expect(missedBetween(running(10), running(28, 3), counted)).to.deep.equal({
      starts: 1,
      exits: [{ reason: 'error', count: 1, seconds: 0 }],
    });
  });

  it('is a start that is newer than the last one told, however many were told', () => {
    const counted = { starts: 3, exits: 3, lastStartAt: 20 };
    const { starts, exits } = missedBetween(running(10), running(40, 1), counted);
    expect([starts, countsOf(exits)]).to.deep.equal([1, { error: 1 }]);
  });

  it('does not count a restart as a start before it is one', () => {
    const after = inspected({ state: 'restarting', startedAt: 10, finishedAt: 12, exitCode: 1, restartCount: 1 });
    expect(missedBetween(running(10), after, nothing)).to.deep.equal({
      starts: 0,
      exits: [{ reason: 'error', count: 1, seconds: 2 }],
    });
  });

  for (const restartCount of [1e7, 1e15, Number.MAX_VALUE]) {
    it(`is as many restarts as there was time for where an engine claims ${restartCount}`, () => {
      const { starts, exits } = missedBetween(running(10), running(30, restartCount), nothing);
      expect([starts, countsOf(exits)]).to.deep.equal([2_001, { error: 2_001 }]);
    });
  }

  for (const [exitCode, oomKilled, reason] of [
    [0, false, 'completed'],
    [3, false, 'error'],
    [137, true, 'oom_killed'],
    [137, false, 'stopped'],
    [143, false, 'stopped'],
  ] as const) {
    it(`takes exit code ${exitCode}${oomKilled ? ' with OOMKilled' : ''} for ${reason}`, () => {
      const after = inspected({ state: 'exited', startedAt: 10, finishedAt: 14, exitCode, oomKilled });
      expect(missedBetween(running(10), after, nothing).exits).to.deep.equal([{ reason, count: 1, seconds: 4 }]);
    });
  }
});
