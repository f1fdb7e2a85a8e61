import { expect } from 'chai';
import { readProcess } from '../../lib/metrics/self.ts';
import { run } from '../support/process.ts';

/** Takes every file that the process may open, then reads the figures of the process. */
const program = `
  import { openSync } from 'node:fs';
  import { readProcess } from '${new URL('../../lib/metrics/self.ts', import.meta.url).href}';
  await readProcess();
  try {
    for (;;) openSync('/dev/null');
  } catch {}
  console.log(JSON.stringify(await readProcess()));
`;

describe('the figures of the process', () => {
  it('are all there on Linux', async () => {
    const figures = await readProcess();
    for (const [name, value] of Object.entries(figures)) expect(value, name).to.satisfy(Number.isFinite);
    expect(figures.heapUsed).to.be.within(1e6, figures.heapTotal);
    expect(figures.residentMemory).to.be.greaterThan(figures.heapUsed);
  });

  it('lack what can only be read from a file while no more files can be opened', async () => {
    const limited = ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', program];
    const figures: Record<string, number> = JSON.parse(await run('sh', limited));
    expect(figures).to.have.all.keys('cpu', 'eventLoopLag', 'heapUsed', 'heapTotal', 'external');
  });
});
