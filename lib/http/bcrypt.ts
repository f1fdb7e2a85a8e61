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

interface Check extends BcryptQuestion, Turn {
  readonly resolve: (matches: boolean | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** A bcrypt that starts its worker when it is first asked. The worker's file lies beside this one, bundled or not. */
export function createBcrypt(): Bcrypt {
  const queue = createFairQueue<Check>(maxWaiting);
  let underWay: Check | undefined;
  let worker: Worker | undefined;

  const start = (): Worker => {
    const file = new URL(`./bcrypt-worker${extname(import.meta.url)}`, import.meta.url);
    const started = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: 32 } });
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
  const next = (): void => {
    underWay = queue.shift();
    if (underWay === undefined) return;
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
      await worker?.terminate();
    },
  };
}
