import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { productionEntry } from '../bench/production.ts';
import { run } from '../support/process.ts';
import { attacks } from './attacks.ts';

const abuse = fileURLToPath(new URL('main.ts', import.meta.url));

/** `npm run abuse` takes longer, starts agents under attack too, and holds /health to 100 ms. */
describe('the agent, as the image runs it', function () {
  this.timeout(180_000);
  let folder: string;
  let program: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abuse-'));
    program = await productionEntry(join(folder, 'bundle'));
  });
  after(() => rm(folder, { recursive: true }));

  for (const { name } of attacks.filter(({ isRare }) => !isRare)) {
    it(`survives ${name}, and shows the other containers as they are`, async () => {
      const args = [abuse, '--brief', '--seconds', '2', '--attack', name, '--program', program];
      await run(process.execPath, args).catch(({ stdout }: { stdout?: string }) => expect.fail(stdout));
    });
  }
});
