import { expect } from 'chai';
import sinon from 'sinon';
import { EngineError } from '../../lib/docker/errors.ts';
import type { EngineEvent, EventStream } from '../../lib/docker/events.ts';
import { type EventCoverage, type EventFeed, createEventFeed } from '../../lib/inventory/event-feed.ts';

/** An event at that many seconds of the engine's time. */
const event = (second: number, action = 'start'): EngineEvent => ({
  type: 'container',
  action,
  id: 'a',
  attributes: {},
  timeNano: second * 1e9,
});

describe('the feed of events', () => {
  let remembered: readonly EngineEvent[];
  let told: string[];
  let past: string[];
  let questions: string[];
  let send: (event: EngineEvent) => void;
  let cut: () => void;
  let feed: EventFeed;

  /** A feed over an engine that remembers what the test says. */
  const setUp = (stream: boolean): void => {
    remembered = [];
    told = [];
    past = [];
    questions = [];
    feed = createEventFeed({
      client: {
        openEvents: async (_since, onEvent) => {
          const { promise: ended, resolve } = Promise.withResolvers<void>();
          send = onEvent;
          cut = resolve;
          const opened: EventStream = { ended, close: resolve };
          return opened;
        },
        pastEvents: async (since) => {
          questions.push(since);
          return remembered;
        },
      },
      stream,
      onPast: ({ action, timeNano }) => past.push(`${action} ${timeNano / 1e9}`),
      onEvent: ({ action, timeNano }) => told.push(`${action} ${timeNano / 1e9}`),
      onGap: () => told.push('gap'),
      onHint: ({ action, timeNano }) => told.push(`hint ${action} ${timeNano / 1e9}`),
    });
  };
  const catchUp = (until: string): Promise<EventCoverage> =>
    feed.catchUp(until, (call) => call({ milliseconds: 1_000 }));

  it('says nothing of what happened before it began', async () => {
    setUp(true);
    remembered = [event(1), event(2)];
    expect(await catchUp('10')).to.equal('complete');
    expect(told).to.deep.equal([]);
    expect(past).to.deep.equal(['start 1', 'start 2']);
  });

  it('tells an event once, whether it comes from the stream, from memory, or from both', async () => {
    setUp(true);
    remembered = [event(1)];
    await catchUp('10');
    send(event(1));
    send(event(11, 'pause'));
    remembered = [event(1), event(11, 'pause'), event(12, 'unpause')];
    await catchUp('13');
    send(event(12, 'unpause'));
    expect(told).to.deep.equal(['pause 11', 'unpause 12']);
    expect(questions).to.deep.equal(['0', '10.000000']);
  });

  it('has a gap when the last event known is not remembered and no stream vouches for the time between', async () => {
    setUp(false);
    remembered = [event(1)];
    await catchUp('10');
    remembered = [event(12)];
    await catchUp('13');
    expect(told).to.deep.equal(['gap', 'start 12']);
  });

  it('has no gap after a cut when memory reaches back to the last event known', async () => {
    setUp(true);
    remembered = [event(1)];
    await catchUp('10');
    send(event(1));
    cut();
    remembered = [event(1), event(12)];
    await catchUp('13');
    expect(told).to.deep.equal(['start 12']);
  });

  it('trusts the stream where execs have pushed the last event known out of memory', async () => {
    setUp(true);
    remembered = [event(1)];
    await catchUp('10');
    send(event(1));
    remembered = [event(12)];
    await catchUp('13');
    expect(told).to.deep.equal(['hint start 12']);
  });

  it('has a gap when a new stream begins with an event that follows on none known', async () => {
    setUp(true);
    remembered = [event(1)];
    await catchUp('10');
    send(event(20));
    expect(told).to.deep.equal(['gap', 'start 20']);
  });

  it('has no gap where nothing has happened yet and a proxy cuts the idle stream', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    try {
      setUp(true);
      await catchUp('10');
      for (let round = 1; round <= 3; round += 1) {
        await clock.tickAsync(12_000);
        const before = send;
        cut();
        await clock.tickAsync(10);
        expect(send).to.not.equal(before);
        await catchUp(`${10 + round}`);
      }
    } finally {
      clock.restore();
    }
    expect(told).to.deep.equal([]);
    send(event(20));
    expect(told).to.deep.equal(['start 20']);
  });

  it('has one gap where memory was lost, however often it is empty after that', async () => {
    setUp(false);
    remembered = [event(1)];
    await catchUp('10');
    remembered = [];
    await catchUp('20');
    await catchUp('30');
    remembered = [event(31)];
    await catchUp('40');
    expect(told).to.deep.equal(['gap', 'start 31']);
  });

  it('has a gap when an engine refuses that has told events before', async () => {
    setUp(false);
    await catchUp('10');
    const refuse = (): Promise<never> => Promise.reject(new EngineError('status', 'forbidden', 403));
    expect(await feed.catchUp('11', refuse)).to.equal('none');
    expect(told).to.deep.equal(['gap']);
  });

  it('brings events late after a call that failed', async () => {
    setUp(false);
    remembered = [event(1)];
    await catchUp('10');
    const fail = (): Promise<never> => Promise.reject(new EngineError('timeout', 'no answer'));
    expect(await feed.catchUp('11', fail)).to.equal('late');
    remembered = [event(1), event(12)];
    expect(await catchUp('13')).to.equal('complete');
    expect(told).to.deep.equal(['start 12']);
  });

  it('asks an engine that forbids events but once', async () => {
    setUp(true);
    let asked = 0;
    const refuse = (): Promise<never> => {
      asked += 1;
      return Promise.reject(new EngineError('status', 'forbidden', 403));
    };
    expect(await feed.catchUp('10', refuse)).to.equal('none');
    expect(await feed.catchUp('11', refuse)).to.equal('none');
    expect(asked).to.equal(1);
    expect(told).to.deep.equal([]);
    expect(feed.isStreaming()).to.equal(false);
  });

  it('asks again ten minutes after a refusal, wherever the clock was set meanwhile', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['performance', 'Date'] });
    try {
      setUp(false);
      const refuse = (): Promise<never> => Promise.reject(new EngineError('status', 'forbidden', 403));
      await feed.catchUp('10', refuse);
      clock.setSystemTime(0);
      clock.tick(599_999);
      expect(await catchUp('11')).to.equal('none');
      clock.tick(1);
      expect(await catchUp('12')).to.equal('complete');
    } finally {
      clock.restore();
    }
  });
});
