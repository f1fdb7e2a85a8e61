import { expect } from 'chai';
import { type CallRecorder, type ErrorTotals, createCallRecorder } from '../../lib/docker/call-recorder.ts';
import { EngineError } from '../../lib/docker/errors.ts';

describe('the recorder of calls', () => {
  let totals: ErrorTotals;
  let recorder: CallRecorder;

  beforeEach(() => {
    totals = { container: 0, system: 0, disk: 0 };
    recorder = createCallRecorder(totals);
  });

  const refused = new EngineError('status', 'GET /info: status 403', 403);
  const broken = new EngineError('status', 'GET /info: status 500', 500);
  const unreachable = new EngineError('unreachable', 'GET /info: connect ENOENT');
  const info = (call: () => Promise<unknown>): Promise<unknown> => recorder.record('system', 'info', call);
  const failWith = (error: Error) => async (): Promise<never> => {
    throw error;
  };

  it('counts and names each failed call', async () => {
    await info(failWith(refused));
    await info(failWith(unreachable));
    expect(totals).to.deep.equal({ container: 0, system: 2, disk: 0 });
    expect(recorder.problems(true)).to.deep.equal([
      { collector: 'system', subject: 'info', message: 'GET /info: status 403' },
      { collector: 'system', subject: 'info', message: 'GET /info: connect ENOENT' },
    ]);
  });

  it('counts and names a failed call about a container where an engine answers, and not before', async () => {
    await recorder.recordContainer('web', failWith(unreachable));
    expect(recorder.problems(false)).to.deep.equal([]);
    expect(totals.container).to.equal(0);
    for (let answer = 1; answer <= 2; answer += 1) {
      expect(recorder.problems(true)).to.deep.equal([
        { collector: 'container', subject: 'web', message: 'GET /info: connect ENOENT' },
      ]);
    }
    expect(totals.container).to.equal(1);
  });

  it('counts a call once that is missing in several answers, and fails after that', async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    const late = info(() => promise);
    for (let answer = 1; answer <= 2; answer += 1) {
      expect(recorder.problems(true)).to.deep.equal([
        { collector: 'system', subject: 'info', message: 'no answer in time' },
      ]);
    }
    reject(unreachable);
    await late;
    expect(totals.system).to.equal(1);
    expect(recorder.problems(true)).to.deep.equal([
      { collector: 'system', subject: 'info', message: 'GET /info: connect ENOENT' },
    ]);
  });

  it('names no problem of a call that was missing in an answer, and ended well', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const late = info(() => promise);
    recorder.problems(true);
    resolve('ok');
    await late;
    expect(totals.system).to.equal(1);
    expect(recorder.problems(true)).to.deep.equal([]);
  });

  it('counts what is wrong with a usable answer, each time', () => {
    for (const message of ['1 label is left out', '2 interfaces are left out'])
      recorder.recordProblem('container', 'web', message);
    expect(totals.container).to.equal(2);
    expect(recorder.problems(true)).to.deep.equal([
      { collector: 'container', subject: 'web', message: '1 label is left out' },
      { collector: 'container', subject: 'web', message: '2 interfaces are left out' },
    ]);
  });

  it('takes an answer that trips a parser for a malformed one', async () => {
    const attempt = await recorder.record('container', 'web', failWith(new TypeError('no iterable')));
    expect(attempt.ok || attempt.error).to.include({ kind: 'malformed', message: 'TypeError: no iterable' });
  });

  for (const [what, call, expected] of [
    ['before any call', undefined, { answered: false, lost: false }],
    ['of an answer', async () => 'ok', { answered: true, lost: false }],
    ['of a refusal', failWith(refused), { answered: false, lost: false }],
    ['of an error of a proxy', failWith(broken), { answered: false, lost: false }],
    ['of a connection that failed', failWith(unreachable), { answered: false, lost: true }],
  ] as const) {
    it(`knows ${what} whether anything answered, and whether a connection failed`, async () => {
      if (call !== undefined) await info(call);
      expect({ answered: recorder.anyAnswered(), lost: recorder.connectionFailed() }).to.deep.equal(expected);
    });
  }

  it('remembers an answer and a failed connection of earlier calls', async () => {
    await info(async () => 'ok');
    await info(failWith(unreachable));
    await info(failWith(broken));
    expect(recorder.anyAnswered()).to.equal(true);
    expect(recorder.connectionFailed()).to.equal(true);
  });
});
