import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createCgroup } from '../bench/cgroup.ts';
import { productionEntry } from '../bench/production.ts';
import { abuse, attackNames } from './run.ts';

const imageMemoryBytes = 64 * 2 ** 20;

/** Where cgroups can't be made, the agent is at least held to the figures. */
async function memoryThatCanBeLimited(): Promise<number | undefined> {
  try {
    const cgroup = await createCgroup(`exporter-abuse-${process.pid}`, { memoryBytes: imageMemoryBytes });
    await cgroup.remove();
    return imageMemoryBytes;
  } catch {
    return undefined;
  }
}

/** `npm run abuse` takes longer, starts agents under attack too, and holds /health to 100 ms. */
describe('the agent, as the image runs it', function () {
  this.timeout(180_000);
  let folder: string;
  let program: string;
  let memoryBytes: number | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abuse-'));
    program = await productionEntry(join(folder, 'bundle'));
    memoryBytes = await memoryThatCanBeLimited();
  });
  after(() => rm(folder, { recursive: true }));

  for (const name of attackNames) {
    it(`survives ${name}, and shows the other containers as they are`, async () => {
      for await (const { lives, scrapes, wrongScrapes, wrong } of abuse([name], {
        program,
        seconds: 2,
        memoryBytes,
        starts: false,
      })) {
        expect(lives).to.equal(true);
        // A busy machine may cost one scrape its time, but not each.
        expect(wrongScrapes, wrong).to.be.lessThan(scrapes);
      }
    });
  }
});
