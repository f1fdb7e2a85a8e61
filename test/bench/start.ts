/**
 * What the agent, bundled and with the flags of the image, takes to start on a simulated engine: milliseconds until
 * /health answers and until the first scrape has been answered, and its private memory then. Medians.
 *
 *     npm run bench -- start [--sizes 10,100] [--runs 15] [--beside FOLDER]
 *
 * FOLDER is another checkout with its dependencies installed, which is measured in turns with this one.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { scrapeRunning, startAgentChild, startChild } from './children.ts';
import { usageOf } from './measured-process.ts';
import { here, productionEntry, productionFlags } from './production.ts';
import { median } from './statistics.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10,100' },
    runs: { type: 'string', default: '15' },
    beside: { type: 'string' },
  },
});

interface Candidate {
  readonly checkout: string;
  readonly entry: string;
  readonly flags: readonly string[];
}

interface Start {
  /** Milliseconds. */
  readonly health: number;
  readonly scrape: number;
  /** MB, private. */
  readonly memory: number;
}

const folder = await mkdtemp(join(tmpdir(), 'bench-start-'));
try {
  const checkouts = [here, ...(values.beside === undefined ? [] : [resolve(values.beside)])];
  const candidates = await Promise.all(
    checkouts.map(async (checkout, index): Promise<Candidate> => {
      const entry = await productionEntry(join(folder, `bundle-${index}`), checkout);
      return { checkout, entry, flags: productionFlags(checkout) };
    }),
  );
  for (const { checkout, entry } of candidates) {
    process.stdout.write(`${checkout}: ${((await codeBytes(join(entry, '..'))) / 1_000).toFixed()} kB of code\n`);
  }
  for (const containers of values.sizes.split(',').map(Number)) {
    const socketPath = join(folder, `${containers}.sock`);
    const engine = await startChild('engine-process.ts', { containers, ticking: false, sampling: 0, socketPath });
    const measured = candidates.map((candidate) => ({ candidate, starts: [] as Start[] }));
    // The first of each only fills the caches of the disk.
    for (let run = 0; run <= Number(values.runs); run += 1) {
      for (const { candidate, starts } of measured) {
        const start = await measure(candidate, socketPath, containers);
        if (run > 0) starts.push(start);
      }
    }
    await engine.end();
    for (const { candidate, starts } of measured) {
      const of = (figure: keyof Start): number => median(starts.map((start) => start[figure]));
      process.stdout.write(
        `${candidate.checkout}, ${containers} containers: health after ${of('health').toFixed()} ms, scrape after ${of('scrape').toFixed()} ms, ${of('memory').toFixed(1)} MB\n`,
      );
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

async function measure({ entry, flags }: Candidate, socketPath: string, containers: number): Promise<Start> {
  const begun = performance.now();
  const agent = await startAgentChild(entry, ['--docker.host', `unix://${socketPath}`], flags);
  await scrapeRunning(agent, containers);
  const scrape = performance.now() - begun;
  const { privateMemory: memory } = usageOf(agent.pid);
  await agent.end();
  return { health: agent.startUp, scrape, memory };
}

async function codeBytes(bundle: string): Promise<number> {
  const files = (await readdir(bundle)).filter((name) => name.endsWith('.js'));
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(bundle, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
