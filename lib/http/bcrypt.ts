import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BcryptAnswer, BcryptQuestion } from './bcrypt-worker.ts';

/** Checks passwords against bcrypt hashes, away from the event loop. */
export interface Bcrypt {
  /** Undefined when too many wait already. Rejects when the worker died. */
  matches(password: string, hash: string): Promise<boolean> | undefined;
  close(): Promise<void>;
}

/** With a hash of cost 10, about five seconds of work. */
const maxWaiting = 64;

/** A bcrypt that starts its worker when it is first asked. The worker's file lies beside this one, bundled or not. */
export function createBcrypt(): Bcrypt {
  const waiting = new Map<number, { resolve(matches: boolean): void; reject(error: Error): void }>();
  let worker: Worker | undefined;
  let lastId = 0;

  const start = (): Worker => {
    const file = new URL(`./bcrypt-worker${extname(import.meta.url)}`, import.meta.url);
    const started = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: 32 } });
    started.unref();
    started.on('message', ({ id, matches }: BcryptAnswer) => {
      waiting.get(id)?.resolve(matches);
      waiting.delete(id);
    });
    started.once('error', fail);
    started.once('exit', (code) => fail(new Error(`the worker for passwords ended with code ${code}`)));
    return started;
  };
  const fail = (error: Error): void => {
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };

  return {
    matches: (password, hash) => {
      if (waiting.size >= maxWaiting) return undefined;
      worker ??= start();
      lastId += 1;
      const id = lastId;
      const answer = new Promise<boolean>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
      });
      worker.postMessage({ id, password, hash } satisfies BcryptQuestion);
      return answer;
    },
    close: async () => {
      await worker?.terminate();
    },
  };
}
