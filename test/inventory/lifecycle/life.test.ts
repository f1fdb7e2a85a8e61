import { expect } from 'chai';
import type { EngineEvent } from '../../../lib/docker/events.ts';
import { type Inspection, neverInspected } from '../../../lib/inventory/inspection.ts';
import { type Life, createLife } from '../../../lib/inventory/lifecycle/life.ts';
import { recentEventOf } from '../../../lib/inventory/lifecycle/recent-events.ts';

const running = (startedAt: number): Inspection => ({ ...neverInspected, state: 'running', startedAt });
const exited = (startedAt: number, finishedAt: number, exitCode = 1): Inspection => ({
  ...neverInspected,
  state: 'exited',
  startedAt,
  finishedAt,
  exitCode,
});

describe('the life of a container', () => {
  let told: string[];
  let life: Life;

  beforeEach(() => {
    told = [];
    life = createLife({
      onChange: (change) => told.push(change.kind === 'exit' ? `${change.reason} ${change.seconds} s` : change.kind),
      onReason: () => {},
    });
    life.compare(running(10), false);
  });

  /** An event at a second of the engine's time, unless it was counted already. */
  const happen = (
    action: string,
    second: number,
    attributes: Readonly<Record<string, string>> = {},
    labels: Readonly<Record<string, string>> = {},
  ): void => {
    const event: EngineEvent = { type: 'container', action, id: 'a', attributes, timeNano: second * 1e9 };
    if (!life.isCounted(event)) life.apply(event, recentEventOf(event, 'web', labels), running(10), labels);
  };

  it('counts an end that came while it was inspected once, even where a gap follows', () => {
    happen('die', 20, { exitCode: '1', execDuration: '10' });
    life.compare(running(10), true);
    life.markUnverified();
    life.compare(exited(10, 20), false);
    expect(told).to.deep.equal(['error 10 s']);
  });

  it('does not count what a comparison found when its events come after all', () => {
    life.markUnverified();
    life.compare(running(30), false);
    happen('die', 25, { exitCode: '1' });
    happen('start', 30.01);
    expect(told).to.deep.equal(['start', 'stopped 0 s']);
    happen('die', 40, { exitCode: '2' });
    expect(told.slice(2)).to.deep.equal(['error 10 s']);
  });

  it('does not count the end of a run twice that a comparison has just seen', () => {
    life.markUnverified();
    life.compare(exited(10, 20), false);
    happen('die', 20.01, { exitCode: '1' });
    happen('start', 30);
    expect(told).to.deep.equal(['error 10 s', 'start']);
  });

  it('is a stop where the engine says so before the end, or after it', () => {
    happen('kill', 19, { signal: '28' });
    happen('stop', 20);
    happen('die', 20, { exitCode: '0', execDuration: '10' });
    happen('start', 30);
    happen('kill', 39, { signal: '28' });
    happen('die', 40, { exitCode: '0' });
    happen('stop', 40);
    expect(told).to.deep.equal(['stopped 10 s', 'start', 'stopped 10 s']);
  });

  it('ran as long as the engine says, to the fraction that its events tell', () => {
    happen('start', 100);
    happen('die', 103.25, { exitCode: '0', execDuration: '3' });
    happen('start', 200);
    happen('die', 209.5, { exitCode: '0', execDuration: '3' });
    expect(told).to.deep.equal(['start', 'completed 3.25 s', 'start', 'completed 4 s']);
  });

  it('is out of memory where the event of that comes after the end', () => {
    happen('die', 20, { exitCode: '137', execDuration: '10' });
    happen('oom', 20);
    expect(told).to.deep.equal(['oom_killed 10 s', 'oom']);
  });

  it('is a stop where it ran, and was gone after a gap', () => {
    life.markUnverified();
    expect(life.finalize()).to.equal(false);
    happen('die', 20, { exitCode: '0' });
    expect(life.finalize()).to.equal(true);
    expect(told).to.deep.equal(['stopped 0 s']);
  });

  it('stays for the events of its end where it is missed before they come', () => {
    expect(life.finalize()).to.equal(false);
    happen('die', 20, { exitCode: '0', execDuration: '10' });
    expect(told).to.deep.equal(['completed 10 s']);
  });

  for (const execDuration of ['1e300', '21', 'Infinity', '-5', 'x']) {
    it(`ran no longer than its container is old, where an event says ${execDuration} seconds`, () => {
      happen('create', 100);
      happen('start', 110);
      happen('die', 115, { exitCode: '0', execDuration });
      expect(told).to.deep.equal(['start', 'completed 5 s']);
    });
  }

  it('takes no label of the container for what the engine says', () => {
    const labels = { exitCode: '0', execDuration: '9', signal: '15' };
    happen('start', 100, {}, labels);
    happen('kill', 101, labels, labels);
    happen('die', 105, labels, labels);
    expect(told).to.deep.equal(['start']);
    life.compare(exited(100, 105, 3), false);
    expect(told).to.deep.equal(['start', 'error 5 s']);
  });

  it('knows a signal that the engine sent by its number, and remembers no others', () => {
    for (const signal of ['15.5', '-1', '1e9', 'TERM']) happen('kill', 19, { signal });
    happen('die', 20, { exitCode: '1' });
    expect(told).to.deep.equal(['error 10 s']);
  });
});
