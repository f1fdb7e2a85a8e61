import type { ServerResponse } from 'node:http';
import { beginBody, sendMessage } from './answers.ts';
import type { Engine } from './engine.ts';
import type { EngineEvent } from './events.ts';

/**
 * Answers `/events`: kept events from `since` on, then each new one, a line each, until the client leaves or `until`
 * is in the past. Of the filters it knows `type`, `event` and `container`.
 */
export function answerEvents(engine: Engine, response: ServerResponse, query: URLSearchParams): void {
  const filters = parsed(query.get('filters') ?? '{}');
  if (filters === undefined) return sendMessage(response, engine.headers, 400, 'invalid filter');
  const wanted = eventFilter(filters);
  const send = (event: EngineEvent) => {
    if (wanted(event)) response.write(`${JSON.stringify(event)}\n`);
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Filters are `{"type":["container"]}` or, as older clients write it, `{"type":{"container":true}}`. */
function eventFilter(filters: unknown): (event: EngineEvent) => boolean {
  const type = accepted(filters, 'type');
  const action = accepted(filters, 'event');
  const container = accepted(filters, 'container');
  return ({ Type, Action, Actor }) =>
    (!type || type.includes(Type)) &&
    // `health_status` stands for `health_status: healthy` too.
    (!action || action.some((each) => Action === each || Action.startsWith(`${each}:`))) &&
    (!container || container.some((each) => Actor.ID.startsWith(each) || Actor.Attributes['name'] === each));
}

function accepted(filters: unknown, key: string): string[] | undefined {
  if (typeof filters !== 'object' || filters === null) return undefined;
  const value: unknown = Object.entries(filters).find(([name]) => name === key)?.[1];
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'object' && value !== null ? Object.keys(value) : undefined;
}
