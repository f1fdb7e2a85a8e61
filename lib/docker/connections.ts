import { setMaxListeners } from 'node:events';
import type { Dispatcher, buildConnector } from 'undici';
import Client from 'undici/lib/dispatcher/client.js';

export interface ConnectionsOptions {
  /** Makes what opens one; the signal ends those that are still to be opened, and whatever they need. */
  readonly connector: (signal: AbortSignal) => buildConnector.connector;
  /** Milliseconds after which an idle connection is closed. */
  readonly idleTimeoutMs: number;
  /** How many there are at most. */
  readonly max?: number;
}

/** One connection, for one call at a time; where it was closed, the next call opens it again. */
export interface Connection {
  /** Whether it was open before this call, so that the other side may be just closing it. */
  readonly isKept: boolean;
  get(path: string, handler: Dispatcher.DispatchHandler): void;
  /** Hands it on to the next call, after one that was answered or one that failed. */
  release(isAnswered: boolean): void;
}

/** Connections to one engine: as many as there are calls at once, each kept for the next call. */
export interface Connections {
  /** Gives a free connection, at once unless there are as many as there may be. Throws where none can be had. */
  take(use: (connection: Connection) => void): void;
  /** Ends them and the calls that use them; no other is given after that. */
  destroy(): void;
}

/**
 * Over undici, which for a call takes three fifths of the CPU that node:http takes. Its own pool would open more
 * connections than are used: it gives back those of an answer a moment too late for the call that follows.
 * `origin` such as `http://engine:2375`; one that no host can have is found out by the first call.
 */
export function createConnections(
  origin: string,
  { connector, idleTimeoutMs, max = Number.POSITIVE_INFINITY }: ConnectionsOptions,
): Connections {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const connect = connector(controller.signal);
  const clients = new Set<Client>();
  const idle: Connection[] = [];
  const waiting: ((connection: Connection) => void)[] = [];

  const open = (): Connection => {
    // How long an answer may take is up to the call, and a stream of events never ends.
    const client = new Client(origin, { connect, keepAliveTimeout: idleTimeoutMs, headersTimeout: 0, bodyTimeout: 0 });
    clients.add(client);
    let isKept = false;
    client.on('disconnect', () => (isKept = false));
    const connection = {
      get isKept() {
        return isKept;
      },
      get: (path: string, handler: Dispatcher.DispatchHandler) =>
        void client.dispatch({ path, method: 'GET' }, handler),
      release: (isAnswered: boolean) => {
        isKept = isAnswered;
        const next = waiting.shift();
        if (next === undefined) idle.push(connection);
        else next(connection);
      },
    };
    return connection;
  };

  return {
    take: (use) => {
      if (controller.signal.aborted) throw new Error('the client is closed');
      const connection = idle.pop() ?? (clients.size < max ? open() : undefined);
      if (connection === undefined) waiting.push(use);
      else use(connection);
    },
    destroy: () => {
      for (const client of clients) void client.destroy();
      controller.abort();
    },
  };
}
