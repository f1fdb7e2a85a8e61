import type { Log } from '../logging.ts';
import type { PushFigures } from '../metrics/metric.ts';
import type { PartialSuccess } from './otlp-response.ts';

/** Counts pushes, and logs what changes from one to the next: a collector that stays away is one line. */
export interface PushStatus {
  figures(): PushFigures;
  accepted(partialSuccess?: PartialSuccess): void;
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
  return {
    figures: () => figures,
    accepted: (partialSuccess) => {
      figures = { ...figures, pushes: figures.pushes + 1, lastSuccess: now() / 1000 };
      if (partialSuccess !== undefined) {
        if (changesTo('accepted in part')) log.warn('OTLP push accepted in part', { endpoint, ...partialSuccess });
      } else if (changesTo('accepted')) {
        log.info('OTLP push accepted', { endpoint });
      }
    },
    failed: (reason) => {
      figures = { ...figures, pushes: figures.pushes + 1, failures: figures.failures + 1 };
      if (changesTo('failed')) log.warn('OTLP push failed', { endpoint, reason });
    },
  };
}
