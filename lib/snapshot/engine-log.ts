import { answerAdvice } from '../docker/answer-advice.ts';
import type { Engine } from '../docker/engine.ts';
import type { Logger } from '../logging.ts';
import type { Problem, Snapshot } from './facts.ts';

/** What the log and the dashboard say about the state of the engine. */
export interface EngineLog {
  /** To be called with every snapshot. */
  observe(snapshot: Snapshot): void;
  /** Unix milliseconds of the first snapshot that did not reach the daemon; undefined while it is reachable. */
  awaySince(): number | undefined;
}

/**
 * Logs what changed from one snapshot to the next: a lasting problem is one line, not one per scrape. Labels that are
 * cut are one line in the life of the process.
 * `host` is the engine's address without credentials.
 */
export function createEngineLog(logger: Logger, host: string): EngineLog {
  let up: boolean | undefined;
  let awaySince: number | undefined;
  let isTruncationLogged = false;
  let known: ReadonlySet<string> = new Set();

  const reached = ({ product, apiVersion }: Engine): void => {
    if (up === true) return;
    up = true;
    logger.info('Docker daemon reached', { host, engine: product, api_version: apiVersion });
  };
  const missed = (reason: string): void => {
    if (up === false) return;
    up = false;
    logger.warn('Docker daemon not reachable', { host, reason, advice: answerAdvice(reason) });
  };
  const truncated = ({ truncatedLabels }: Snapshot): void => {
    const [found] = truncatedLabels;
    if (found === undefined || isTruncationLogged) return;
    isTruncationLogged = true;
    const [container, labels] = found;
    logger.warn('labels longer than metrics.max_label_length are cut where they are shown', { container, labels });
  };
  const keyOf = ({ collector, subject, message }: Problem): string => `${collector}\0${subject}\0${message}`;

  const observe = (snapshot: Snapshot): void => {
    const { up: isUp, takenAt, engine, problems } = snapshot;
    awaySince = isUp ? undefined : (awaySince ?? takenAt);
    if (!isUp) {
      const [first] = problems;
      missed((problems.find(({ subject }) => subject === 'info') ?? first)?.message ?? 'no answer');
      return;
    }
    reached(engine);
    truncated(snapshot);
    for (const problem of problems) {
      const { collector, subject, message: error } = problem;
      if (!known.has(keyOf(problem))) logger.warn('call to the engine failed', { collector, subject, error });
    }
    known = new Set(problems.map(keyOf));
  };
  return { observe, awaySince: () => awaySince };
}
