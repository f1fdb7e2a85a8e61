import { setTimeout as sleep } from 'node:timers/promises';
import { type Target, ask } from './ask.ts';
import type { Attack, Series } from './attack.ts';
import { type Figures, differenceBetween, readFigures, uncountedOn } from './figures.ts';
import type { Probed } from './probe-process.ts';
import { type Agent, type SceneOptions, setScene } from './scene.ts';

export interface AbuseOptions extends SceneOptions {
  /** How long each attack goes on, and how long once more for an agent that starts meanwhile. */
  readonly seconds: number;
  /** Whether an agent is also started under each attack. */
  readonly starts: boolean;
}

/** What became of the agent under an attack. */
export interface Observed extends Probed {
  /** Whether the process went on. */
  readonly lives: boolean;
  readonly scrapes: number;
  /** Scrapes without an answer, or whose figures of the other containers were not exactly what they are. */
  readonly wrongScrapes: number;
  /** What was wrong with the first of them. */
  wrong?: string | undefined;
  /** What the last one shows too little of, and counts nowhere. */
  uncounted?: string | undefined;
  /** A line that must not be shown. */
  falsehood?: string | undefined;
  /** What the agent wrote. */
  readonly logBytes: number;
  /** Bytes that can't give way, the most seen between two scrapes. */
  readonly memory: number;
}

const scrapeIntervalMs = 1_000;
const scrapeTimeoutMs = 10_000;

/** Runs the agent, as the image does, under an attack, and then one that starts meanwhile. */
export async function* abuse(attack: Attack, options: AbuseOptions): AsyncGenerator<Observed> {
  const { scale, seconds } = options;
  const scene = await setScene(attack, options);
  try {
    const agent = await scene.startAgent();
    const before = readFigures(await scrape(agent.target));
    const listed = await scene.begin();
    const { series, count } = attack.complete ?? { series: 'container_info', count: listed / scale };
    const complete = { series, count: count * scale };
    yield await observe(attack, agent, { before, complete }, seconds);
    await agent.end();
    if (!options.starts || attack.allowsStart === false) return;
    const second = await scene.startAgent();
    yield await observe(attack, second, { before: { ...before, leftOut: 0 }, complete }, seconds);
  } finally {
    await scene.clear();
  }
}

async function observe(
  attack: Attack,
  agent: Agent,
  { before, complete }: { readonly before: Figures; readonly complete: Series },
  seconds: number,
): Promise<Observed> {
  await agent.probe();
  const found = { scrapes: 0, wrongScrapes: 0, memory: 0 };
  const faults: Pick<Observed, 'wrong' | 'uncounted' | 'falsehood'> = {};
  const look = async (): Promise<void> => {
    found.scrapes += 1;
    const page = await scrape(agent.target).catch((error: unknown) => new Error(String(error)));
    const wrong = page instanceof Error ? page.message : differenceBetween(before, readFigures(page));
    if (wrong !== undefined) found.wrongScrapes += 1;
    faults.wrong ??= wrong;
    if (page instanceof Error) return;
    // What has just come may not have been seen yet.
    faults.uncounted = uncountedOn(page, before, complete);
    faults.falsehood ??= page.split('\n').find((line) => attack.never?.test(line));
  };
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until && agent.process.isRunning()) {
    if (!attack.isUnobserved) await look();
    found.memory = Math.max(found.memory, await agent.memory());
    await sleep(scrapeIntervalMs);
  }
  // At least once in the end.
  await look();
  const { health, bare } = await agent.probe();
  const { isRunning, stdout, stderr } = agent.process;
  return { ...found, ...faults, health, bare, lives: isRunning(), logBytes: stdout().length + stderr().length };
}

async function scrape(target: Target): Promise<string> {
  const { status, body } = await ask(target, '/metrics', scrapeTimeoutMs, 'kept');
  if (status !== 200) throw new Error(`/metrics answered ${status}`);
  return body;
}
