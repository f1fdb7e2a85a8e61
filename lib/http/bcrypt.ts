import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BcryptQuestion } from './bcrypt-worker.ts';
import { type Turn, createFairQueue } from './fair-queue.ts';

/** Checks passwords against bcrypt hashes, away from the event loop. */
export interface Bcrypt {
  /** Undefined when too many wait already. Rejects when the worker died. */
  matches(password: string, hash: string, turn: Turn): Promise<boolean | undefined>;
  close(): Promise<void>;
}

/** With a hash of cost 12, about five seconds of work: less than a scraper waits. */
const maxWaiting = 32;

/** Of these, places that only users that there are can take. */
const reservedPlaces = 8;

/**
 * Twice what it needs from source, where its types have to be stripped. A thread costs 14 MB, most of them taken by Node.js
 * itself whatever the limits; what is given back when it ends is its heap.
 */
const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 1 };

/** How long the worker stays without work. */
const defaultIdleMs = 5_000;

interface Check extends BcryptQuestion, Turn {
  readonly resolve: (matches: boolean | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** A bcrypt that starts its worker when it is first asked. The worker's file lies beside this one, bundled or not. */
export function createBcrypt(idleMs = defaultIdleMs): Bcrypt {
  const queue = createFairQueue<Check>(maxWaiting, reservedPlaces);
  let underWay: Check | undefined;
  let worker: Worker | undefined;
  let idleTimer: NodeJS.Timeout | undefined;

  const start = (): Worker => {
    const file = new URL(`./bcrypt-worker${extname(import.meta.url)}`, import.meta.url);
    const started = new Worker(file, { resourceLimits });
    started.unref();
    started.on('message', (matches: boolean) => {
      underWay?.resolve(matches);
      next();
    });
    const fail = (error: Error): void => {
      if (worker !== started) return;
      worker = undefined;
      underWay?.reject(error);
      next();
    };
    started.once('error', fail);
    started.once('exit', (code) => fail(new Error(`the worker for passwords ended with code ${code}`)));
    return started;
  };
  const end = async (): Promise<void> => {
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  };
  const next = (): void => {
    clearTimeout(idleTimer);
    underWay = queue.shift();
    if (underWay === undefined) {
      idleTimer = setTimeout(() => void end(), idleMs).unref();
      return;
    }
    const { password, hash } = underWay;
    worker ??= start();
    worker.postMessage({ password, hash } satisfies BcryptQuestion);
  };

  return {
    matches: (password, hash, turn) =>
      new Promise((resolve, reject) => {
        queue.push({ ...turn, password, hash, resolve, reject })?.resolve(undefined);
        if (underWay === undefined) next();
      }),
    close: async () => {
      for (let check = queue.shift(); check !== undefined; check = queue.shift()) check.resolve(undefined);
      underWay?.resolve(undefined);
      underWay = undefined;
      clearTimeout(idleTimer);
      await end();
    },
  };
}
