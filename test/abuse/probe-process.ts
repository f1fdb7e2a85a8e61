/**
 * Asks the agent's /health and a bare server beside it by turns, in a process of its own, so that nothing but the box
 * makes it late. Answers a message with the milliseconds that each took since the last.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { type Target, ask } from './ask.ts';

/** Milliseconds of each answer; one that failed counts as ten seconds. */
export interface Probed {
  readonly health: readonly number[];
  readonly bare: readonly number[];
}

const intervalMs = 25;
const timeoutMs = 10_000;

/** As the agent. */
const priority = -15;

async function measure(target: Target): Promise<number> {
  const begun = performance.now();
  const { status } = await ask(target, '/health', timeoutMs).catch(() => ({ status: 0 }));
  return status === 200 ? performance.now() - begun : timeoutMs;
}

if (isMainThread) {
  if (process.getuid?.() === 0) setPriority(priority);
  const agent = JSON.parse(process.argv[2] ?? '{}') as Target;
  const [port] = (await once(new Worker(new URL(import.meta.url)), 'message')) as [number];
  let probed: { health: number[]; bare: number[] } = { health: [], bare: [] };
  process.on('message', () => {
    process.send?.(probed);
    probed = { health: [], bare: [] };
  });
  process.on('SIGTERM', () => process.exit(0));
  process.send?.({});
  for (;;) {
    probed.health.push(await measure(agent));
    probed.bare.push(await measure({ port, isSecure: false }));
    await sleep(intervalMs);
  }
} else {
  const server = createServer((_, response) => response.end('ok\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  parentPort?.postMessage((server.address() as AddressInfo).port);
}
