import type { ServerResponse } from 'node:http';
import { sendBody, sendMessage } from './answers.ts';
import type { Engine } from './engine.ts';

/** The answers to `/containers/{id}/stats`. */
export interface StatsAnswers {
  answer(response: ServerResponse, id: string): void;
  /** Forgets everybody who waits for a tick. */
  clear(): void;
}

/**
 * Makes the answers of an engine that gives them at once or, with milliseconds between ticks, as Docker up to 24: all
 * who wait are served together on the next tick. A container without processes is answered at once.
 */
export function createStatsAnswers(engine: Engine, tickMilliseconds: number | undefined): StatsAnswers {
  const waiting = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;

  function tick(): void {
    timer = undefined;
    const served = [...waiting];
    waiting.clear();
    for (const send of served) send();
  }

  return {
    answer(response, id) {
      const { headers } = engine;
      const send = () => {
        if (engine.find(id) === undefined) return sendMessage(response, headers, 404, `No such container: ${id}`);
        sendBody(response, headers, engine.stats(id));
      };
      if (tickMilliseconds === undefined || !engine.hasProcesses(id)) return send();
      waiting.add(send);
      response.once('close', () => waiting.delete(send));
      // Ticks have a fixed phase: whoever asks late waits shortly.
      timer ??= setTimeout(tick, tickMilliseconds - (performance.now() % tickMilliseconds));
    },
    clear() {
      waiting.clear();
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
