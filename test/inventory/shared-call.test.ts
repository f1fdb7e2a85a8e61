import { expect } from 'chai';
import sinon from 'sinon';
import type { CallLimits } from '../../lib/docker/call.ts';
import { EngineError } from '../../lib/docker/errors.ts';
import { createSharedCall } from '../../lib/inventory/shared-call.ts';

describe('a shared call', () => {
  let clock: sinon.SinonFakeTimers;
  /** What the engine was asked with, and how to end each of those calls. */
  let made: { readonly limits: CallLimits; answer(text: string): void; fail(error: Error): void }[];
  let ask: (limits: CallLimits) => Promise<string>;

  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['performance'] });
    made = [];
    ask = createSharedCall(
      '/list',
      (limits) =>
        new Promise((answer, fail) => {
          made.push({ limits, answer, fail });
        }),
    );
  });
  afterEach(() => clock.restore());

  const limits: CallLimits = { milliseconds: 60_000, signal: new AbortController().signal };
  const timeout = new EngineError('timeout', 'GET /list: no complete answer within 60 s');
  /** A scrape that can't wait any longer. */
  const givenUp = (): CallLimits => {
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    return { milliseconds: 10_000, signal: controller.signal };
  };
  const reasonOf = (answer: Promise<unknown>): Promise<unknown> =>
    answer.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('has the limits of the scrape while answers come in time', async () => {
    for (const text of ['first', 'second']) {
      const answer = ask(limits);
      made.at(-1)?.answer(text);
      expect(await answer).to.equal(text);
    }
    expect(made.map((each) => each.limits)).to.deep.equal([limits, limits]);
  });

  it('has twice the time once an answer was late, and outlives the scrapes that wait for it', async () => {
    const late = ask({ ...limits, milliseconds: 10_000 });
    made[0]?.fail(timeout);
    expect(await reasonOf(late)).to.equal(timeout);
    for (const _ of ['second scrape', 'third scrape']) {
      expect(await reasonOf(ask(givenUp()))).to.include({ kind: 'cancelled' });
    }
    expect(made.map((each) => each.limits.milliseconds)).to.deep.equal([10_000, 20_000]);
    expect(made[1]?.limits.signal).to.equal(undefined);
    made[1]?.answer('at last');
    expect(await ask(limits)).to.equal('at last');
    void ask(limits);
    expect(made).to.have.length(3);
  });

  it('remembers how long an answer takes', async () => {
    const answer = ask({ ...limits, milliseconds: 10_000 });
    clock.tick(9_000);
    made[0]?.answer('slow');
    await answer;
    void ask({ ...limits, milliseconds: 10_000 });
    expect(made[1]?.limits).to.deep.equal({ milliseconds: 18_000 });
  });

  it('waits for no answer longer than a minute', async () => {
    for (let index = 0; index < 5; index += 1) {
      const answer = reasonOf(ask({ ...limits, milliseconds: 10_000 }));
      made.at(-1)?.fail(timeout);
      await answer;
    }
    expect(made.map((each) => each.limits.milliseconds)).to.deep.equal([10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('has no more patience with an engine that is not there', async () => {
    const answer = ask(limits);
    made[0]?.fail(new EngineError('unreachable', 'GET /list: connect ENOENT'));
    expect(await reasonOf(answer)).to.include({ kind: 'unreachable' });
    void ask(limits);
    expect(made[1]?.limits).to.equal(limits);
  });
});
