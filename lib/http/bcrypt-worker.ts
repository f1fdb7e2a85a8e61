import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

/** A password to check. The answer is whether it is right; the next question comes after that. */
export interface BcryptQuestion {
  readonly password: string;
  readonly hash: string;
}

parentPort?.on('message', ({ password, hash }: BcryptQuestion) => {
  parentPort?.postMessage(compareSync(password, hash));
});
