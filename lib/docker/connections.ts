import { Client, type Dispatcher, type buildConnector } from 'undici';

export interface ConnectionsOptions {
  /** Opens one. The socket that it returns is destroyed where the connection is given up before it is open. */
  readonly connect: Connect;
  /** Milliseconds after which an idle connection is closed. */
  readonly idleTimeoutMs: number;
  /** How many there are at most. */
  readonly max?: number;
}

/** What undici's own connectors are, which return their socket although their types do not say so. */
export type Connect = (...parameters: Parameters<buildConnector.connector>) => { destroy(): unknown } | void;

/** One connection, for one call at a time. */
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
  { connect, idleTimeoutMs, max = Number.POSITIVE_INFINITY }: ConnectionsOptions,
): Connections {
  let isDestroyed = false;
  const opened = new Set<OpenedConnection>();
  const idle: OpenedConnection[] = [];
  const waiting: ((connection: Connection) => void)[] = [];

  const open = (): Connection => {
    const connection = openConnection(origin, connect, idleTimeoutMs, {
      onRelease: (isOpen) => {
        const next = waiting.shift();
        if (next !== undefined) next(connection);
        else if (isOpen) idle.push(connection);
        else forget();
      },
      onClose: () => {
        const index = idle.indexOf(connection);
        if (index === -1) return;
        idle.splice(index, 1);
        forget();
      },
    });
    const forget = (): void => {
      opened.delete(connection);
      connection.close();
    };
    opened.add(connection);
    return connection;
  };

  return {
    take: (use) => {
      if (isDestroyed) throw new Error('the client is closed');
      const connection = idle.pop() ?? (opened.size < max ? open() : undefined);
      if (connection === undefined) waiting.push(use);
      else use(connection);
    },
    destroy: () => {
      isDestroyed = true;
      for (const connection of opened) connection.close();
    },
  };
}

interface OpenedConnection extends Connection {
  close(): void;
}

interface ConnectionEvents {
  /** The call that used it is over. */
  onRelease(isOpen: boolean): void;
  onClose(): void;
}

/** An undici client, which connects for its first call, and again for one that finds its connection closed. */
function openConnection(
  origin: string,
  connect: Connect,
  idleTimeoutMs: number,
  { onRelease, onClose }: ConnectionEvents,
): OpenedConnection {
  let socket: ReturnType<Connect>;
  let isKept = false;
  const client = new Client(origin, {
    connect: (...parameters) => {
      socket = connect(...parameters);
    },
    keepAliveTimeout: idleTimeoutMs,
    // How long an answer may take is up to the call, and a stream of events never ends.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  client.on('disconnect', () => {
    isKept = false;
    onClose();
  });
  return {
    get isKept() {
      return isKept;
    },
    get: (path, handler) => void client.dispatch({ path, method: 'GET' }, handler),
    release: (isAnswered) => {
      isKept = isAnswered;
      onRelease(isAnswered);
    },
    close: () => {
      void client.destroy();
      // undici leaves alone what is still to be connected.
      socket?.destroy();
    },
  };
}
