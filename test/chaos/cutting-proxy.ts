import { type Socket, connect, createServer } from 'node:net';

export interface CuttingProxy {
  /** Ready for `--docker.host`. */
  readonly host: string;
  /** Cuts every connection that has asked for events. */
  cutEvents(): void;
  stop(): Promise<void>;
}

/** Listens at a unix socket and passes the bytes of each connection on to the engine's. */
export async function startCuttingProxy(socketPath: string, engineSocketPath: string): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  const streams = new Set<Socket>();
  const server = createServer((client) => {
    const engine = connect(engineSocketPath);
    open.add(client);
    client.on('data', (chunk) => {
      if (chunk.toString('latin1').includes('/events?')) streams.add(client);
    });
    client.pipe(engine).pipe(client);
    const end = (): void => {
      open.delete(client);
      streams.delete(client);
      client.destroy();
      engine.destroy();
    };
    for (const socket of [client, engine]) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  const cut = (sockets: Iterable<Socket>): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: `unix://${socketPath}`,
    cutEvents: () => cut(streams),
    stop: async () => {
      cut(open);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
