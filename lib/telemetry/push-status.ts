import type { Log } from '../logging.ts';
import type { PushFigures } from '../metrics/metric.ts';
import type { Outcome } from './otlp-exporter.ts';

/** Counts pushes, and logs what changes from one to the next: a collector that stays away is one line. */
export interface PushStatus {
  figures(): PushFigures;
  ended(outcome: Outcome): void;
  /** There was nothing to push. */
  failed(reason: string): void;
}

/** `endpoint` must hold no secret; `now` is in Unix milliseconds. */
export function createPushStatus(log: Pick<Log, 'info' | 'warn'>, endpoint: string, now: () => number): PushStatus {
  let state: 'accepted' | 'accepted in part' | 'failed' | undefined;
  let figures: PushFigures = { pushes: 0, failures: 0, lastSuccess: 0 };

  const changesTo = (next: typeof state): boolean => {
    const changes = state !== next;
    state = next;
    return changes;
  };
  const failed = (reason: string): void => {
    figures = { ...figures, pushes: figures.pushes + 1, failures: figures.failures + 1 };
    if (changesTo('failed')) log.warn('OTLP push failed', { endpoint, reason });
  };
  return {
    figures: () => figures,
    failed,
    ended: (outcome) => {
      if (!outcome.ok) return failed(outcome.reason);
      const { partialSuccess } = outcome;
      figures = { ...figures, pushes: figures.pushes + 1, lastSuccess: now() / 1000 };
      if (partialSuccess !== undefined) {
        if (changesTo('accepted in part')) log.warn('OTLP push accepted in part', { endpoint, ...partialSuccess });
      } else if (changesTo('accepted')) {
        log.info('OTLP push accepted', { endpoint });
      }
    },
  };
}
