/**
 * Runs the agent under each attack of a hostile engine and of hostile clients:
 *
 *     npm run abuse [-- --attack '10,000 networks'] [--seconds 10] [--memory 64]
 *
 * The agent is the bundle of the image with its flags, in a cgroup with so many MiB. It has to go on, answer /health
 * within 100 ms, or as late as a bare server is on a busy machine, and show the other containers as they are. Exits with
 * 1 where it did not. For root on a host.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { productionEntry } from '../bench/production.ts';
import { type Verdict, abuse, attackNames } from './run.ts';

const { values } = parseArgs({
  options: {
    attack: { type: 'string', multiple: true, default: [...attackNames] },
    seconds: { type: 'string', default: '10' },
    memory: { type: 'string', default: '64' },
  },
});

const maxHealthMs = 100;

const folder = await mkdtemp(join(tmpdir(), 'abuse-'));
const program = await productionEntry(join(folder, 'bundle'));
const options = {
  program,
  seconds: Number(values.seconds),
  memoryBytes: Number(values.memory) * 2 ** 20,
  starts: true,
};
const failed: string[] = [];
for await (const verdict of abuse(values.attack, options)) {
  const faults = faultsOf(verdict);
  if (faults.length > 0) failed.push(verdict.attack);
  process.stdout.write(`${describe(verdict)}: ${faults.length === 0 ? 'ok' : faults.join(', ')}\n`);
}
await rm(folder, { recursive: true });
process.stdout.write(failed.length === 0 ? 'all held\n' : `not held: ${[...new Set(failed)].join('; ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

function describe({ attack, isStart, ...verdict }: Verdict): string {
  const { healthMedian, health99, healthWorst, bareWorst, memory, scrapes } = verdict;
  const health = [healthMedian, health99, healthWorst].map((milliseconds) => milliseconds.toFixed(0)).join('/');
  const figures = `health ${health} ms (bare ${bareWorst.toFixed(0)}), ${(memory / 2 ** 20).toFixed(0)} MiB`;
  return `${attack}${isStart ? ', from the start' : ''}: ${scrapes} scrapes, ${figures}`;
}

function faultsOf({ lives, wrongScrapes, wrong, healthWorst, bareWorst }: Verdict): string[] {
  return [
    ...(lives ? [] : ['KILLED']),
    ...(wrongScrapes > 0 ? [`${wrongScrapes} scrapes WRONG (${wrong?.slice(0, 200)})`] : []),
    ...(healthWorst > maxHealthMs + bareWorst ? ['health LATE'] : []),
  ];
}
