import type { Engine } from '../docker/engine.ts';
import type { Logger } from '../logging.ts';
import type { Problem, Snapshot } from './facts.ts';

/**
 * Tells the log what changed from one snapshot to the next: a lasting trouble is one line, not one a scrape.
 * `host` is the engine's address without credentials.
 */
export function createEngineLog(logger: Logger, host: string): (snapshot: Snapshot) => void {
  let up: boolean | undefined;
  let known: ReadonlySet<string> = new Set();

  const reached = ({ product, apiVersion }: Engine): void => {
    if (up === true) return;
    up = true;
    logger.info('Docker daemon reached', { host, engine: product, api_version: apiVersion });
  };
  const missed = (reason: string): void => {
    if (up === false) return;
    up = false;
    logger.warn('Docker daemon not reachable', { host, reason });
  };
  const keyOf = ({ collector, subject, message }: Problem): string => `${collector}\0${subject}\0${message}`;

  return ({ up: isUp, engine, problems }) => {
    if (!isUp) {
      missed(problems[0]?.message ?? 'no answer');
      return;
    }
    reached(engine);
    for (const problem of problems) {
      const { collector, subject, message: error } = problem;
      if (!known.has(keyOf(problem))) logger.warn('call to the engine failed', { collector, subject, error });
    }
    known = new Set(problems.map(keyOf));
  };
}
