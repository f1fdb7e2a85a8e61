/**
 * Lets containers of a real engine live and die while the stream of events is cut and the daemon restarted, and holds
 * the agent's sums against what was done:
 *
 *     npm run lifecycle [-- --engine 29|20.10] [--operations 2000] [--cuts 100] [--restarts 3] [--seed 1]
 *
 * Prints each scrape that was compared, and exits with 1 at the first difference.
 */
import { parseArgs } from 'node:util';
import { engineVersions, startDockerEngine } from '../support/docker-engine.ts';
import { lifecycleChaos } from './lifecycle.ts';

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: '29' },
    operations: { type: 'string', default: '2000' },
    cuts: { type: 'string', default: '100' },
    restarts: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
});
const version = engineVersions.find((name) => name === values.engine);
if (version === undefined) throw new Error(`--engine is one of ${engineVersions.join(', ')}`);

const engine = await startDockerEngine(version);
try {
  const { differences, gaps, memory } = await lifecycleChaos({
    engine,
    seed: Number(values.seed),
    operations: Number(values.operations),
    cuts: Number(values.cuts),
    restarts: Number(values.restarts),
    onScrape: (line) => void process.stdout.write(`${line}\n`),
  });
  for (const difference of differences) process.stdout.write(`${difference}\n`);
  const [first = 0] = memory.slice(Math.floor(memory.length / 4));
  process.stdout.write(
    `Docker ${version}, seed ${values.seed}: ${values.operations} operations, ${values.cuts} cuts, ` +
      `${values.restarts} restarts, ${differences.length} differences, ${gaps} gaps; ` +
      `resident memory ${first} bytes after a quarter, ${memory.at(-1)} at the end\n`,
  );
  if (differences.length > 0) process.exitCode = 1;
} finally {
  await engine.stop();
}
