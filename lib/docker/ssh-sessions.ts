import type { ClientChannel } from 'ssh2';
import { ConnectionLost, SessionRefused, type SshConnection } from './ssh-connection.ts';

/** Commands on a remote host. */
export interface SshSessions {
  /** Starts a command; rejects with a readable reason. */
  start(command: string): Promise<ClientChannel>;
  /** Ends every connection, and the commands with it. */
  close(): void;
}

/** A connection with the number of its sessions, those that are just being opened included. */
interface Shared {
  readonly connection: SshConnection;
  sessions: number;
  hasServed: boolean;
}

/**
 * Runs all commands over one connection, which is made when it is first needed and again after it broke. Only where
 * the server refuses it another session (a low MaxSessions, or sessions that have not quite ended) a further
 * connection takes over, and the full one ends with its last session.
 */
export function createSshSessions(open: () => SshConnection): SshSessions {
  const all = new Set<Shared>();
  let current: Shared | undefined;
  let closed = false;

  const shared = (): Shared => {
    if (current === undefined || !current.connection.isAlive()) {
      if (current !== undefined) all.delete(current);
      current = { connection: open(), sessions: 0, hasServed: false };
      all.add(current);
    }
    return current;
  };

  const release = (used: Shared): void => {
    used.sessions -= 1;
    if (used === current || used.sessions > 0) return;
    used.connection.close();
    all.delete(used);
  };

  const start = async (command: string): Promise<ClientChannel> => {
    if (closed) throw new Error('the SSH connection was closed');
    const used = shared();
    used.sessions += 1;
    try {
      const channel = await used.connection.start(command);
      used.hasServed = true;
      channel.once('close', () => release(used));
      return channel;
    } catch (error) {
      const isFull = error instanceof SessionRefused && (used.sessions > 1 || used.hasServed);
      const isBroken = error instanceof ConnectionLost && used.hasServed;
      if (!isFull && !isBroken) {
        release(used);
        throw error;
      }
      if (current === used) current = undefined;
      release(used);
      return start(command);
    }
  };

  return {
    start,
    close: () => {
      closed = true;
      for (const { connection } of all) connection.close();
    },
  };
}
