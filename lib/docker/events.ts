import { createAnswerMemory, eventBytes } from './answer-memory.ts';
import { linesReader } from './body.ts';
import { truncateStrings } from './truncate-strings.ts';
import { type CallLimits, Exchange, type Route, call, within } from './call.ts';
import { EngineError } from './errors.ts';
import { isObject, textsIn, unsignedNumber } from './json-values.ts';

/** Something that happened to a container, an image, a volume, a network or the build cache. */
export interface EngineEvent {
  readonly type: string;
  /** Such as `start`, or `health_status: healthy`. */
  readonly action: string;
  /** Of what it happened to; a volume's is its name. */
  readonly id: string;
  /** Of a container: its labels, `name`, `image`, and what belongs to the action, such as `exitCode`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The engine's time in Unix nanoseconds, as near as a double holds it: some 200 ns. */
  readonly timeNano: number;
}

/** An open stream of events. */
export interface EventStream {
  /** Resolves when the stream is over, whichever side ended it. Never rejects. */
  readonly ended: Promise<unknown>;
  close(): void;
}

/**
 * All that can happen to what, but for execs, which health checks make by the thousand: the engine takes no filter that
 * leaves something out. `health_status` stands for all its verdicts.
 */
export const eventActions: Readonly<Record<string, readonly string[]>> = {
  container: words(`
    create start restart die kill stop oom pause unpause rename update health_status destroy attach detach resize top
    commit copy archive-path extract-to-dir export checkpoint prune`),
  image: words('create pull push import load save tag untag delete prune'),
  volume: words('create mount unmount destroy prune'),
  network: words('create connect disconnect destroy remove update prune'),
};

/** The engine takes any of these actions of any of these types. */
const filters = JSON.stringify({
  // A `builder` says only that its cache was pruned.
  type: [...Object.keys(eventActions), 'builder'],
  event: [...new Set(Object.values(eventActions).flat())],
});

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** Characters of a type or an action; the longest that an engine has is `health_status: unhealthy`. */
const maxWordLength = 64;

/**
 * Opens a stream of events: those since that time of the engine (Unix seconds) that it still remembers, then each new
 * one. Rejects with an EngineError when no stream comes within the limits.
 */
export async function openEvents(
  route: Route,
  since: string,
  onEvent: (event: EngineEvent) => void,
  { milliseconds }: CallLimits,
): Promise<EventStream> {
  const { bodyLimits } = route;
  const begun = Promise.withResolvers<void>();
  const lines = linesReader('/events', bodyLimits, {
    onLine: (line) => {
      const event = parseEvent(line, bodyLimits.maxTextLength);
      if (event !== undefined) onEvent(event);
    },
    onTooLong: () => {
      throw new EngineError('malformed', 'GET /events: event line too long');
    },
  });
  const reader = { ...lines, begin: begun.resolve };
  const exchange = new Exchange(route, '/events', { filters, since }, reader);
  const over = exchange.begin();
  try {
    await within({ milliseconds }, '/events', () => Promise.race([begun.promise, over]));
  } catch (error) {
    exchange.abort();
    throw error;
  }
  // A stream that breaks has simply ended.
  return { ended: Promise.allSettled([over]), close: () => exchange.abort() };
}

/**
 * The events between two times of the engine (Unix seconds) that it still remembers: its last 256 of all kinds.
 * It answers at once where `until` is over. Rejects with an EngineError.
 */
export async function pastEvents(
  route: Route,
  since: string,
  until: string,
  limits: CallLimits,
): Promise<readonly EngineEvent[]> {
  const { bodyLimits } = route;
  const events: EngineEvent[] = [];
  let otherLines = 0;
  const memory = createAnswerMemory(bodyLimits.answers);
  const lines = linesReader('/events', bodyLimits, {
    onLine: (line) => {
      const event = parseEvent(line, bodyLimits.maxTextLength);
      if (event === undefined) {
        if (line.trim() !== '') otherLines += 1;
        return;
      }
      if (!memory.take(eventBytes(line, Object.keys(event.attributes).length)))
        throw new EngineError('malformed', 'GET /events: more events than the memory limit allows');
      events.push(event);
    },
    onTooLong: () => undefined,
  });
  try {
    await call(route, '/events', { filters, since, until }, limits, lines);
  } finally {
    memory.close();
  }
  // Lines that are no events, and none that is: a page, say.
  if (events.length === 0 && otherLines > 0)
    throw new EngineError('malformed', 'GET /events: unexpected response shape');
  return events;
}

/** Undefined for a line that is no event. Texts are cut to that many characters. */
export function parseEvent(line: string, maxTextLength: number): EngineEvent | undefined {
  const { Type: type, Action: action, Actor: actor, timeNano: time } = parsed(line, maxTextLength);
  const timeNano = unsignedNumber(time);
  if (typeof type !== 'string' || typeof action !== 'string' || timeNano === undefined) return undefined;
  const { ID: id, Attributes: attributes } = isObject(actor) ? actor : {};
  if (typeof id !== 'string' || type.length > maxWordLength || action.length > maxWordLength) return undefined;
  return { type, action, id, attributes: textsIn(attributes), timeNano };
}

function parsed(line: string, maxTextLength: number): Readonly<Record<string, unknown>> {
  try {
    const value = truncateStrings(JSON.parse(line), maxTextLength);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
