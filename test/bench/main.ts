/**
 * `npm run bench [-- NAME] [flags]`: a scrape beside what the engine itself allows, or another benchmark by its name.
 * Each file says what it measures and which flags it has.
 */
const benchmarks: Readonly<Record<string, () => Promise<unknown>>> = {
  scrape: () => import('./scrape.ts'),
  engine: () => import('./real-engine.ts'),
  push: () => import('./push.ts'),
  ssh: () => import('./ssh.ts'),
  sizes: () => import('./sizes.ts'),
  start: () => import('./start.ts'),
  deadline: () => import('./deadline.ts'),
  timeouts: () => import('./timeouts.ts'),
};

const [, , first = '--'] = process.argv;
const name = first.startsWith('--') ? 'scrape' : first;
const benchmark = benchmarks[name];
if (benchmark === undefined) throw new Error(`no benchmark ${name}: there are ${Object.keys(benchmarks).join(', ')}`);
// What is left are the benchmark's own.
if (name === first) process.argv.splice(2, 1);
await benchmark();
