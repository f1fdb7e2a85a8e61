/**
 * Does random things to a real engine of its own and holds a scrape after each against the engine's lists; or, as
 * `lifecycle`, lets containers live and die while the stream of events is cut and the daemon restarted, and holds the
 * agent's sums against what was done:
 *
 *     npm run chaos [-- --engine 29|20.10] [--operations 10000] [--seed 1] [--live-restore]
 *     npm run chaos -- lifecycle [--engine 29|20.10] [--operations 2000] [--seed 1] [--cuts 100] [--restarts 3]
 *
 * Prints each difference with the seed and the operation, and exits with 1 where there was one.
 */
import { parseArgs } from 'node:util';
import { type DockerEngine, engineVersions, startDockerEngine } from '../support/docker-engine.ts';
import { chaos } from './chaos.ts';
import { lifecycleChaos } from './lifecycle.ts';

const { values, positionals } = parseArgs({
  options: {
    engine: { type: 'string', default: '29' },
    operations: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'live-restore': { type: 'boolean', default: false },
    cuts: { type: 'string', default: '100' },
    restarts: { type: 'string', default: '3' },
  },
  allowPositionals: true,
});
const modes: Readonly<Record<string, (engine: DockerEngine) => Promise<readonly string[]>>> = { lists, lifecycle };
const run = modes[positionals[0] ?? 'lists'];
if (run === undefined) throw new Error(`the mode is one of ${Object.keys(modes).join(', ')}`);
const version = engineVersions.find((name) => name === values.engine);
if (version === undefined) throw new Error(`--engine is one of ${engineVersions.join(', ')}`);

const seed = Number(values.seed);
const engine = await startDockerEngine(version, { liveRestore: values['live-restore'] });
try {
  print(`Docker ${version}, seed ${seed}`);
  const differences = await run(engine);
  print(`${differences.length} differences`);
  if (differences.length > 0) process.exitCode = 1;
} finally {
  await engine.stop();
}

async function lists(engine: DockerEngine): Promise<readonly string[]> {
  const operations = Number(values.operations ?? 10_000);
  const { differences, done } = await chaos({ engine, seed, operations, onDifference: print });
  print(`done: ${[...done].map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  return differences;
}

async function lifecycle(engine: DockerEngine): Promise<readonly string[]> {
  const { differences, gaps, memory } = await lifecycleChaos({
    engine,
    seed,
    operations: Number(values.operations ?? 2_000),
    cuts: Number(values.cuts),
    restarts: Number(values.restarts),
    onScrape: print,
  });
  differences.forEach(print);
  const [first = 0] = memory.slice(Math.floor(memory.length / 4));
  print(`${gaps} gaps; resident memory ${first} bytes after a quarter, ${memory.at(-1)} at the end`);
  return differences;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
