/**
 * Does random things to a real engine of its own and holds a scrape after each against the engine's lists:
 *
 *     npm run chaos [-- --engine 29|20.10] [--operations 10000] [--seed 1] [--live-restore]
 *
 * Prints each difference with the seed and the operation, and exits with 1 where there was one.
 */
import { parseArgs } from 'node:util';
import { engineVersions, startDockerEngine } from '../support/docker-engine.ts';
import { chaos } from './chaos.ts';

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: '29' },
    operations: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    'live-restore': { type: 'boolean', default: false },
  },
});
const version = engineVersions.find((name) => name === values.engine);
if (version === undefined) throw new Error(`--engine is one of ${engineVersions.join(', ')}`);

const operations = Number(values.operations);
const engine = await startDockerEngine(version, { liveRestore: values['live-restore'] });
try {
  const onDifference = (line: string): void => void process.stdout.write(`${line}\n`);
  const { differences, done } = await chaos({ engine, seed: Number(values.seed), operations, onDifference });
  const counts = [...done].map(([kind, count]) => `${kind} ${count}`);
  process.stdout.write(
    `Docker ${version}, seed ${values.seed}: ${operations} operations, ${differences.length} differences\n` +
      `done: ${counts.join(', ')}\n`,
  );
  if (differences.length > 0) process.exitCode = 1;
} finally {
  await engine.stop();
}
