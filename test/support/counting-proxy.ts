import { createServer, request } from 'node:http';
import { rm } from 'node:fs/promises';

/** A way to the engine that counts what passes. */
export interface CountingProxy {
  /** Ready for `--docker.host`. */
  readonly host: string;
  /** Paths of all requests since the last reset, in the order in which they came. */
  readonly paths: readonly string[];
  /** The most requests of the counted kind that were open at once since the last reset. */
  peak(): number;
  reset(): void;
  stop(): Promise<void>;
}

/** Listens at a unix socket and passes every request on to the engine's; counts those whose path matches. */
export async function startCountingProxy(
  socketPath: string,
  engineSocketPath: string,
  counted: RegExp,
): Promise<CountingProxy> {
  const paths: string[] = [];
  let open = 0;
  let peak = 0;

  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '';
    paths.push(path);
    const step = counted.test(path) ? 1 : 0;
    open += step;
    peak = Math.max(peak, open);
    // The answer's end or the loss of its connection, whichever comes.
    outgoing.once('close', () => (open -= step));
    const { method, headers } = incoming;
    const onward = request({ socketPath: engineSocketPath, path, method, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once('error', () => outgoing.destroy());
    outgoing.once('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });

  return {
    host: `unix://${socketPath}`,
    paths,
    peak: () => peak,
    reset: () => {
      paths.length = 0;
      peak = open;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(socketPath, { force: true });
    },
  };
}
