import type { CallLimits, DockerClient } from '../docker/client.ts';
import { EngineError } from '../docker/errors.ts';
import type { EngineEvent, EventStream } from '../docker/events.ts';

/** Whether the engine told all its events, will do so the next time, or does not tell them at all. */
export type EventCoverage = 'complete' | 'late' | 'none';

export interface EventFeedOptions {
  readonly client: Pick<DockerClient, 'openEvents' | 'pastEvents'>;
  /** Whether there is room for a connection that stays open. */
  readonly stream: boolean;
  /** An event of before the beginning. */
  readonly onPast: (event: EngineEvent) => void;
  /** Each event since the beginning once, in the engine's order. */
  readonly onEvent: (event: EngineEvent) => void;
  /** Events may have been missed. */
  readonly onGap: () => void;
  /** An event ahead of its turn, which may come again. */
  readonly onHint: (event: EngineEvent) => void;
}

/**
 * The engine's events, complete or with the gaps named.
 *
 * Two ways lead to them. A stream brings them as they happen; but what it brings may still be on its way when a scrape
 * begins, and a stream that is silent may be dead. So each scrape also asks for the events up to the engine's own
 * present, which it answers at once from its memory: all that ended before the scrape began is in there. The engine
 * remembers its last 256 events, execs included. That none was lost is proven when the answer holds the last event
 * known, the anchor; where execs have pushed that out, the stream vouches for what lies between.
 */
export interface EventFeed {
  /**
   * Brings in all events up to that time of the engine (Unix seconds), and sees that there is a stream. `ask` makes the
   * call. Where that fails they are late: the next time brings them. An engine or proxy that refuses tells none, and the
   * next time that it answers is a new beginning.
   */
  catchUp(until: string, ask: <T>(call: (limits: CallLimits) => Promise<T>) => Promise<T>): Promise<EventCoverage>;
  /** Another engine answers: what is known belongs to the first. */
  startAnew(): void;
  /** Whether the stream takes up a connection to the engine. */
  isStreaming(): boolean;
}

/** Milliseconds until the headers of the stream have to be there. */
const connectTimeoutMs = 5_000;

/** Milliseconds after which an engine or proxy that refused is asked again: so rarely that it costs nothing. */
const refusalPauseMs = 10 * 60_000;

/** Milliseconds before a stream that ended is opened again, from the first to the longest; at once if it had lasted. */
const reconnectMs = { first: 100, longest: 30_000, lasted: 1_000 } as const;

/** Seconds that events overlap when they are asked for again: the engine's own order is not quite that of its times. */
const overlapSeconds = 1;

/** Seconds by which a stream may be late before it is taken for dead. */
const maxLagSeconds = 5;

/** No daemon stops and starts again within these milliseconds: where a stream is back by then, only a proxy cut it. */
const shortestRestartMs = 250;

/** Events that the engine remembers. */
const engineMemory = 256;

/** Events that are recognised when they come a second time: more than the engine can repeat. */
const maxRemembered = 1_024;

/** A stream that is open. It has resumed once an event showed that it goes on where the last one ended. */
interface Connection {
  stream: EventStream | undefined;
  hasResumed: boolean;
}

export function createEventFeed({ client, stream, onPast, onEvent, onGap, onHint }: EventFeedOptions): EventFeed {
  const remembered = new Set<string>();
  let anchor: { readonly key: string; readonly timeNano: number } | undefined;
  /** The engine's time when it was asked first; undefined before. */
  let startedAt: string | undefined;
  let connection: Connection | undefined;
  /** Whether the daemon may have been restarted since the last proof that nothing is missing. */
  let hasBroken = false;
  /** The same before the stream ended, and when that was; by the clock of performance.now(). */
  let lastEnd = { hadBroken: true, at: Number.NEGATIVE_INFINITY };
  let isClosed = false;
  /** By the clock of performance.now(), which nobody sets. */
  let pausedUntil = 0;
  let retryMs: number = reconnectMs.first;
  let retry: NodeJS.Timeout | undefined;

  /** False for an event that is known already. */
  const remember = (event: EngineEvent): boolean => {
    const key = keyOf(event);
    if (remembered.has(key)) return false;
    remembered.add(key);
    if (remembered.size > maxRemembered) remembered.delete(remembered.values().next().value ?? '');
    anchor = { key, timeNano: event.timeNano };
    return true;
  };

  const ingest = (event: EngineEvent): void => {
    if (remember(event)) onEvent(event);
  };

  const receive = (from: Connection, event: EngineEvent): void => {
    if (!from.hasResumed && !remembered.has(keyOf(event))) onGap();
    from.hasResumed = true;
    ingest(event);
  };

  const since = (): string =>
    anchor === undefined ? (startedAt ?? '0') : (anchor.timeNano / 1e9 - overlapSeconds).toFixed(6);

  const connect = async (): Promise<void> => {
    clearTimeout(retry);
    // A first stream that knows of no event has nothing to go on from.
    const own: Connection = { stream: undefined, hasResumed: anchor === undefined && !hasBroken };
    connection = own;
    const begun = performance.now();
    let isRefused = false;
    try {
      own.stream = await client.openEvents(since(), (event) => receive(own, event), { milliseconds: connectTimeoutMs });
      if (performance.now() - lastEnd.at < shortestRestartMs) {
        hasBroken = lastEnd.hadBroken;
        own.hasResumed ||= anchor === undefined && !hasBroken;
      }
      await own.stream.ended;
      lastEnd = { hadBroken: hasBroken, at: performance.now() };
    } catch (error) {
      isClosed = error instanceof EngineError && error.kind === 'cancelled';
      isRefused = error instanceof EngineError && error.kind === 'status';
    }
    connection = undefined;
    hasBroken = true;
    if (isClosed || isRefused) return;
    retryMs =
      performance.now() - begun > reconnectMs.lasted
        ? 0
        : Math.min(reconnectMs.longest, Math.max(reconnectMs.first, 2 * retryMs));
    retry = setTimeout(() => void connect(), retryMs).unref();
  };

  const absorb = (past: readonly EngineEvent[], until: string): void => {
    const isFirst = startedAt === undefined;
    startedAt ??= until;
    if (isFirst) {
      for (const event of past) if (remember(event)) onPast(event);
      return;
    }
    const known = past.findLastIndex((event) => keyOf(event) === anchor?.key);
    const isFromStream = connection?.hasResumed === true;
    if (known === -1 && isFromStream && anchor !== undefined) {
      past.forEach(onHint);
      return;
    }
    const missed = past.slice(known + 1);
    // Where none was known before, none is missing of those that fit into the memory of a daemon that stayed.
    const isProven = anchor === undefined ? !hasBroken && past.length < engineMemory : known !== -1;
    if (!isProven && !isFromStream) {
      onGap();
      // What comes next follows on this one, or on the engine's present.
      hasBroken = false;
      anchor = undefined;
      startedAt = until;
    }
    missed.forEach(ingest);
    if (connection !== undefined) connection.hasResumed = true;
    const lag = Number(until) - (missed[0]?.timeNano ?? Number.POSITIVE_INFINITY) / 1e9;
    if (lag > maxLagSeconds) connection?.stream?.close();
  };

  return {
    startAnew: () => {
      remembered.clear();
      anchor = undefined;
      startedAt = undefined;
      connection?.stream?.close();
    },
    isStreaming: () => connection !== undefined,
    catchUp: async (until, ask) => {
      if (performance.now() < pausedUntil) return 'none';
      try {
        const past = await ask((limits) => client.pastEvents(since(), until, limits));
        absorb(past, until);
      } catch (error) {
        if (!(error instanceof EngineError && error.kind === 'status')) {
          hasBroken = true;
          lastEnd = { hadBroken: true, at: Number.NEGATIVE_INFINITY };
          return 'late';
        }
        if (error.status !== 400) pausedUntil = performance.now() + refusalPauseMs;
        // One that never told of events has no gaps in them.
        if (startedAt !== undefined) onGap();
        // A clock that was set back makes the question senseless: the next one begins from the start.
        anchor = undefined;
        startedAt = undefined;
        return 'none';
      }
      if (stream && connection === undefined && !isClosed) void connect();
      return 'complete';
    },
  };
}

/** Two events of one container within the precision of their times differ in what happened. */
function keyOf({ type, action, id, timeNano }: EngineEvent): string {
  return `${timeNano} ${type} ${action} ${id.slice(0, 20)}`;
}
