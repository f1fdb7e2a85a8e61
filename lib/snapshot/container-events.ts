import type { DockerClient } from '../docker/client.ts';
import type { Engine } from '../docker/engine.ts';

/** A moment in the stream of events, to ask later what has changed since. */
export interface EventCursor {
  /** Which stream; undefined while there is none that can be relied on. */
  readonly stream: number | undefined;
  readonly sequence: number;
}

/** Knows of which containers the engine has told a change. */
export interface ContainerEvents {
  /** Begins to listen, where the engine lets it and it does not yet. Returns at once. */
  listen(engine: Engine): void;
  /** Whether the stream takes up a connection to the engine. */
  isListening(): boolean;
  /** Now. */
  cursor(): EventCursor;
  /** Whether every change of the container since that moment would be known, and there was none. */
  unchanged(id: string, since: EventCursor): boolean;
  /** Forgets containers that are not listed any more. */
  retain(listed: ReadonlySet<string>): void;
}

/** Milliseconds until the headers of the stream have to be there. */
const patience = 5_000;

/** Docker writes the headers just before it subscribes, so the first moments of a stream don't count. */
const settling = 1_000;

/** Milliseconds after which an engine or proxy that refused is asked again: so rarely that it costs nothing. */
const refusalPause = 10 * 60_000;

/**
 * Listens to the engine's events over one stream. A stream that ends takes all its knowledge with it: what happened
 * until the next one is unknown.
 */
export function createContainerEvents(client: DockerClient, now: () => number): ContainerEvents {
  let liveFrom = Number.POSITIVE_INFINITY;
  let stream = 0;
  let sequence = 0;
  let listening = false;
  let nextTry = 0;
  const lastChange = new Map<string, number>();

  const noteChange = (id: string): void => {
    sequence += 1;
    lastChange.set(id, sequence);
  };

  const connect = async (): Promise<void> => {
    listening = true;
    try {
      const { ended } = await client.watchContainers(noteChange, { milliseconds: patience });
      stream += 1;
      liveFrom = now() + settling;
      await ended;
    } catch {
      nextTry = now() + refusalPause;
    } finally {
      liveFrom = Number.POSITIVE_INFINITY;
      lastChange.clear();
      listening = false;
    }
  };

  const currentStream = (): number | undefined => (now() >= liveFrom ? stream : undefined);

  return {
    listen: ({ product }) => {
      // Podman's events have other names and lack some of these.
      if (product === 'docker' && !listening && now() >= nextTry) void connect();
    },
    isListening: () => listening,
    cursor: () => ({ stream: currentStream(), sequence }),
    unchanged: (id, since) =>
      since.stream !== undefined && since.stream === currentStream() && (lastChange.get(id) ?? 0) <= since.sequence,
    retain: (listed) => {
      for (const id of lastChange.keys()) if (!listed.has(id)) lastChange.delete(id);
    },
  };
}
