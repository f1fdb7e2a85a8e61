import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import winston from 'winston';
import { createEngineLog } from '../../lib/snapshot/engine-log.ts';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { snapshotOf } from '../support/snapshots.ts';

/** The lines that a log of the engine writes of snapshots. */
function linesOf(snapshots: readonly Partial<Snapshot>[]): unknown[] {
  const stream = new PassThrough();
  const logger = winston.createLogger({
    format: winston.format.json(),
    transports: [new winston.transports.Stream({ stream })],
  });
  const { observe } = createEngineLog(logger, 'unix:///docker.sock');
  for (const facts of snapshots) observe(snapshotOf(facts));
  const text = String(stream.read() ?? '');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]));
}

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

  const [host, collector, subject] = ['unix:///docker.sock', 'container' as const, 'web'];
  const reached = { level: 'info', message: 'Docker daemon reached', host, engine: 'docker', api_version: '1.44' };
  const away = { level: 'warn', message: 'Docker daemon not reachable', host, reason: 'refused' };
  const up = { engine: { ...snapshotOf().engine, product: 'docker', apiVersion: '1.44' } } as const;
  const down = { up: false, problems: [{ collector, subject: 'list', message: 'refused' }] };

  it('says once that the daemon is reached, is away, and is back', () => {
    expect(linesOf([up, up, down, down, up])).to.deep.equal([reached, away, reached]);
    expect(linesOf([{ up: false }])).to.deep.equal([{ ...away, reason: 'no answer' }]);
  });

  it('says what answered that is no engine, and what to set', () => {
    const message = 'GET /info: status 404 from nginx/1.27: <html>';
    const problems = [
      { collector, subject: 'list', message: 'refused' },
      { collector: 'system' as const, subject: 'info', message },
    ];
    const advice = 'no Docker Engine answers there: set DOCKER_HOST (docker.host) to the engine or its socket proxy';
    expect(linesOf([{ up: false, problems }])).to.deep.equal([{ ...away, reason: message, advice }]);
  });

  it('says once what fails, and again after it was well', () => {
    const failing = { ...up, problems: [{ collector, subject, message: 'HTTP 500' }] };
    const line = { level: 'warn', message: 'call to the engine failed', collector, subject, error: 'HTTP 500' };
    expect(linesOf([failing, failing, up, failing])).to.deep.equal([reached, line, line]);
  });

  it('says once in its life that labels are cut', () => {
    const cut = { ...up, truncatedLabels: new Map([['web', 3]]) };
    const message = 'labels longer than metrics.max_label_length are cut where they are shown';
    const line = { level: 'warn', message, container: 'web', labels: 3 };
    expect(linesOf([cut, up, cut])).to.deep.equal([reached, line]);
  });
});
