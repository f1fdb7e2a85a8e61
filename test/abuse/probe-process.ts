/**
 * Asks the agent's /health and a bare server beside it by turns, in a process of its own, so that nothing but the box
 * makes it late. Answers a message with the milliseconds that each took since the last.
 */
import { type Server, createServer } from 'node:http';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { send } from '../support/http.ts';

export interface ProbeOrder {
  readonly port: number;
}

export interface Probed {
  /** Of /health; one that failed is Infinity. */
  readonly health: readonly number[];
  readonly bare: readonly number[];
}

const intervalMs = 25;

/** As the agent. */
const priority = -15;

async function listen(): Promise<Server> {
  const server = createServer((_, response) => response.end('ok\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function measure(port: number): Promise<number> {
  const begun = performance.now();
  const { status } = await send({ host: '127.0.0.1', port, path: '/health', timeout: 10_000 }).catch(() => ({
    status: 0,
  }));
  return status === 200 ? performance.now() - begun : Number.POSITIVE_INFINITY;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

if (isMainThread) {
  if (process.getuid?.() === 0) setPriority(priority);
  const { port } = JSON.parse(process.argv[2] ?? '{}') as ProbeOrder;
  const worker = new Worker(new URL(import.meta.url));
  const [barePort] = (await once(worker, 'message')) as [number];
  let probed: { health: number[]; bare: number[] } = { health: [], bare: [] };
  process.on('message', () => {
    process.send?.(probed);
    probed = { health: [], bare: [] };
  });
  process.on('SIGTERM', () => process.exit(0));
  process.send?.({});
  for (;;) {
    probed.health.push(await measure(port));
    probed.bare.push(await measure(barePort));
    await sleep(intervalMs);
  }
} else {
  parentPort?.postMessage(portOf(await listen()));
}
