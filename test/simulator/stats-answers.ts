import type { ServerResponse } from 'node:http';
import { beginBody, sendBody, sendMessage } from './answers.ts';
import type { Engine } from './engine.ts';
import { switchedOn } from './routes.ts';
import type { Ticker } from './ticker.ts';

/**
 * Answers `/containers/{id}/stats`. A one-shot is answered at once, by a ticking engine on its next tick; without
 * one-shot it takes two ticks, for two samples; a stream gives one sample a tick. A container without processes is
 * answered at once.
 */
export function createStatsAnswers(engine: Engine, ticker: Ticker, ticking: boolean) {
  const { headers } = engine;

  /** Waits for ticks, unless the client goes away before. */
  function afterTicks(count: number, response: ServerResponse, callback: () => void): void {
    if (count === 0) return callback();
    const cancel = ticker.wait(() => {
      response.off('close', cancel);
      afterTicks(count - 1, response, callback);
    });
    response.once('close', cancel);
  }

  function send(response: ServerResponse, id: string, previous?: number): void {
    if (engine.find(id) === undefined) return sendMessage(response, headers, 404, `No such container: ${id}`);
    sendBody(response, headers, engine.stats(id, previous));
  }

  function stream(response: ServerResponse, id: string, previous?: number): void {
    if (engine.find(id) === undefined) {
      response.end();
      return;
    }
    const now = engine.now();
    response.write(`${engine.stats(id, previous)}\n`);
    afterTicks(1, response, () => stream(response, id, now));
  }

  return (response: ServerResponse, id: string, query: URLSearchParams): void => {
    const streaming = switchedOn(query.get('stream'), true);
    const oneShot = switchedOn(query.get('one-shot'), false);
    if (streaming && oneShot) {
      return sendMessage(response, headers, 400, 'cannot have stream=true and one-shot=true');
    }
    if (streaming) {
      beginBody(response, headers);
      return stream(response, id);
    }
    if (!engine.hasProcesses(id)) return send(response, id);
    if (oneShot) return afterTicks(ticking ? 1 : 0, response, () => send(response, id));
    afterTicks(1, response, () => {
      const first = engine.now();
      afterTicks(1, response, () => send(response, id, first));
    });
  };
}
