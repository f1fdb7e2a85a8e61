/**
 * Runs the agent under each attack of a hostile engine, of hostile clients and of a hostile collector:
 *
 *     npm run abuse [-- --attack '10,000 interfaces'] [--seconds 10] [--memory 64] [--brief] [--program dist/main.js]
 *
 * The agent is the bundle of the image with its flags, in a cgroup with so many MiB; what an attack has many of grows with
 * them. The agent has to go on, answer /health within 100 ms, or as late as a bare server is on a busy machine, show the
 * other containers as they are, and count what it leaves out. Exits with 1 where it did not. `--brief` starts no agent
 * meanwhile, and lets a busy machine make /health and some scrapes late. For root on a host; without, there is no cgroup.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { productionEntry } from '../bench/production.ts';
import { quantile } from '../bench/statistics.ts';
import { attackNamed, attacks } from './attacks.ts';
import { type Observed, abuse } from './run.ts';

const { values } = parseArgs({
  options: {
    attack: { type: 'string', multiple: true, default: attacks.map(({ name }) => name) },
    seconds: { type: 'string', default: '10' },
    memory: { type: 'string', default: '64' },
    brief: { type: 'boolean', default: false },
    program: { type: 'string' },
  },
});

const mebibyte = 2 ** 20;
const maxHealthMs = 100;
const maxLogBytes = 65_536;
const isRoot = process.getuid?.() === 0;

/** Set in the network namespace that this program starts itself in. */
const namespaced = 'ABUSE_NAMESPACE';

/**
 * A loopback with the packets of a real network. With its own, of 64 KiB, the kernel takes megabytes for each connection
 * that nobody reads, and the agent has nothing to keep.
 */
function runInNamespace(): number {
  const script = 'busybox ip link set lo mtu 1500 up && exec "$@"';
  const command = ['--net', 'sh', '-c', script, 'sh', process.execPath, ...process.argv.slice(1)];
  const env = { ...process.env, [namespaced]: 'yes' };
  return spawnSync('unshare', command, { stdio: 'inherit', env }).status ?? 1;
}

async function runAttacks(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'abuse-bundle-'));
  const options = {
    program: values.program ?? (await productionEntry(folder)),
    seconds: Number(values.seconds),
    memoryBytes: isRoot ? Number(values.memory) * mebibyte : undefined,
    scale: Number(values.memory) / 64,
    starts: !values.brief,
  };
  const failed = new Set<string>();
  for (const attack of values.attack.map(attackNamed)) {
    let name = attack.name;
    for await (const observed of abuse(attack, options)) {
      const faults = faultsOf(observed);
      if (faults.length > 0) failed.add(attack.name);
      process.stdout.write(`${name}: ${describe(observed)}: ${faults.length === 0 ? 'ok' : faults.join(', ')}\n`);
      name = `${attack.name}, from the start`;
    }
  }
  await rm(folder, { recursive: true });
  process.stdout.write(failed.size === 0 ? 'all held\n' : `not held: ${[...failed].join('; ')}\n`);
  return failed.size === 0 ? 0 : 1;
}

function describe({ health, bare, memory, scrapes }: Observed): string {
  const figures = [0.5, 0.99, 1].map((fraction) => quantile(health, fraction).toFixed(0)).join('/');
  return `${scrapes} scrapes, health ${figures} ms (bare ${worst(bare).toFixed(0)}), ${(memory / mebibyte).toFixed(0)} MiB`;
}

function faultsOf({ lives, scrapes, wrongScrapes, logBytes, ...observed }: Observed): string[] {
  const { wrong = '', uncounted, falsehood, health, bare } = observed;
  const isWrong = wrongScrapes > 0 && !(values.brief && wrongScrapes < scrapes);
  const isLate = !values.brief && worst(health) > maxHealthMs + worst(bare);
  return [
    ...(lives ? [] : ['KILLED']),
    ...(isWrong ? [`${wrongScrapes} scrapes WRONG (${wrong.slice(0, 200)})`] : []),
    ...(isLate ? ['health LATE'] : []),
    ...(uncounted === undefined ? [] : [`UNCOUNTED (${uncounted})`]),
    ...(falsehood === undefined ? [] : [`FALSE (${falsehood.slice(0, 200)})`]),
    ...(logBytes > maxLogBytes ? [`LOG of ${logBytes} bytes`] : []),
  ];
}

/** Where nothing was answered at all, that is as late as can be. */
const worst = (milliseconds: readonly number[]): number =>
  milliseconds.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...milliseconds);

process.exitCode = isRoot && process.env[namespaced] === undefined ? runInNamespace() : await runAttacks();
