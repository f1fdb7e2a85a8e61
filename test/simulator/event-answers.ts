import type { ServerResponse } from 'node:http';
import { beginBody } from './answers.ts';
import type { Engine } from './engine.ts';
import type { EngineEvent } from './events.ts';

/**
 * Answers `/events`: kept events from `since` on, then each new one, a line each, until the client leaves or `until`
 * is in the past. Of the filters it knows `type` and `event`.
 */
export function answerEvents(engine: Engine, response: ServerResponse, query: URLSearchParams): void {
  const filters: EventFilters = JSON.parse(query.get('filters') ?? '{}');
  const send = (event: EngineEvent) => {
    if (isWanted(event, filters)) response.write(`${JSON.stringify(event)}\n`);
  };
  beginBody(response, engine.headers);
  const until = query.has('until') ? Number(query.get('until')) : undefined;
  if (query.has('since')) engine.events.since(Number(query.get('since')), until).forEach(send);
  if (until !== undefined && Math.floor(until * 1000) <= engine.now()) {
    response.end();
    return;
  }
  response.once('close', engine.events.subscribe(send));
}

/** Of what types events are wanted, and which actions; `health_status` stands for `health_status: healthy` too. */
interface EventFilters {
  type?: readonly string[];
  event?: readonly string[];
}

function isWanted({ Type, Action }: EngineEvent, { type, event }: EventFilters): boolean {
  return (
    (!type || type.includes(Type)) && (!event || event.some((each) => Action === each || Action.startsWith(`${each}:`)))
  );
}
