import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Cgroup, createCgroup } from '../bench/cgroup.ts';
import { startCommand } from '../bench/children.ts';
import { createAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/http.ts';
import type { RunningProcess } from '../support/process.ts';
import type { Attack, Series, Settings } from './attack.ts';
import { type Target, ask } from './ask.ts';
import { basic, user } from './client-attacks.ts';
import { type Figures, differenceBetween, readFigures, uncountedOn } from './figures.ts';
import type { Probed } from './probe-process.ts';

export interface AbuseOptions {
  /** The bundle's main.js. */
  readonly program: string;
  /** How long each attack goes on, and how long once more for an agent that starts meanwhile. */
  readonly seconds: number;
  /** Of the agent; where it is undefined it runs in no cgroup of its own. */
  readonly memoryBytes: number | undefined;
  /** What the numbers of each attack are multiplied by. */
  readonly scale: number;
  /** Whether an agent is also started under each attack. */
  readonly starts: boolean;
}

/** What became of the agent under an attack. */
export interface Observed {
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
  /** Milliseconds of /health, and of a bare server in a process of its own asked by turns; one that failed counts as ten seconds. */
  readonly health: readonly number[];
  readonly bare: readonly number[];
  /** Bytes that can't give way, the most seen between two scrapes. */
  readonly memory: number;
}

const containers = 48;
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

/** Ahead of all else on the machine, so that it is late for no fault but its own; a session has a priority too. */
const first = ['sh', '-c', 'echo -15 > /proc/self/autogroup; exec nice -n -15 "$@"', 'sh'];

interface Agent {
  readonly target: Target;
  readonly process: RunningProcess;
  probe(): Promise<Probed>;
  memory(): Promise<number>;
  end(): Promise<void>;
}

interface Scene {
  startAgent(): Promise<Agent>;
  /** Begins the attack; returns how many containers the engine lists. */
  begin(): Promise<number>;
  clear(): Promise<void>;
}

let scenes = 0;

async function setScene(attack: Attack, { program, memoryBytes, scale }: AbuseOptions): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'abuse-'));
  const socketPath = join(folder, 'engine.sock');
  const children: ChildProcess[] = [];
  const start = async (script: string, order: object): Promise<{ child: ChildProcess; said: unknown }> => {
    const child = fork(fileURLToPath(new URL(script, import.meta.url)), [JSON.stringify(order)]);
    children.push(child);
    const [said] = (await once(child, 'message')) as [unknown];
    return { child, said };
  };
  const order = { attack: attack.name, scale, containers, socketPath };
  const { child: world, said } = await start('world-process.ts', order);
  const { collector } = said as { collector: string };
  const authority = await createAuthority();
  const settings: Settings = {
    'docker.host': `unix://${socketPath}`,
    'server.address': '127.0.0.1',
    'server.port': await freePort(),
    'logging.level': 'warn',
    ...attack.settings?.({ ...(await authority.issue('exporter')), collector }),
  };
  const target: Target = {
    port: Number(settings['server.port']),
    isSecure: settings['server.tls.enabled'] === true,
    authorization: basic(user.password),
  };
  const agents: Agent[] = [];

  const startAgent = async (): Promise<Agent> => {
    scenes += 1;
    const name = `exporter-abuse-${process.pid}-${scenes}`;
    const cgroup = memoryBytes === undefined ? undefined : await createCgroup(name, { memoryBytes });
    const running = await startCommand(program, settings, enter(cgroup, attack));
    await eventually(
      'the agent answers',
      async () => !running.isRunning() || (await ask(target, '/health')).status === 200,
      { within: 60_000 },
    );
    const { child: probe } = await start('probe-process.ts', target);
    const agent: Agent = {
      target,
      process: running,
      probe: () => askChild(probe),
      memory: async () => (await cgroup?.anonymousMemory()) ?? 0,
      end: async () => {
        await end(probe);
        await running.stop('SIGKILL');
        await cgroup?.remove();
      },
    };
    agents.push(agent);
    return agent;
  };

  return {
    startAgent,
    begin: async () => {
      const { containers: listed } = await askChild<{ containers: number }>(world);
      if (attack.clients !== undefined)
        await start('client-process.ts', { attack: attack.name, scale, port: target.port });
      return listed;
    },
    clear: async () => {
      for (const agent of agents) await agent.end();
      for (const child of children) await end(child);
      await authority.remove();
      await rm(folder, { recursive: true });
    },
  };
}

/** What the agent's command is put behind. */
function enter(cgroup: Cgroup | undefined, { maxFiles }: Attack): string[] {
  const files = maxFiles === undefined ? [] : ['sh', '-c', `ulimit -n ${maxFiles}; exec "$@"`, 'sh'];
  return cgroup === undefined ? files : [...cgroup.enter, ...first, ...files];
}

async function observe(
  attack: Attack,
  agent: Agent,
  { before, complete }: { readonly before: Figures; readonly complete: Series },
  seconds: number,
): Promise<Observed> {
  await agent.probe();
  const until = performance.now() + seconds * 1_000;
  if (attack.isUnobserved) await sleep(seconds * 1_000);
  const found = { scrapes: 0, wrongScrapes: 0, memory: 0 };
  const faults: Pick<Observed, 'wrong' | 'uncounted' | 'falsehood'> = {};
  do {
    found.scrapes += 1;
    const page = await scrape(agent.target).catch((error: unknown) => new Error(String(error)));
    const wrong = page instanceof Error ? page.message : differenceBetween(before, readFigures(page));
    if (wrong !== undefined) found.wrongScrapes += 1;
    faults.wrong ??= wrong;
    if (typeof page === 'string') {
      // What has just come may not have been seen yet.
      faults.uncounted = uncountedOn(page, before, complete);
      faults.falsehood ??= page.split('\n').find((line) => attack.never?.test(line));
    }
    found.memory = Math.max(found.memory, await agent.memory());
    await sleep(scrapeIntervalMs);
  } while (performance.now() < until && agent.process.isRunning());
  const { health, bare } = await agent.probe();
  const { isRunning, stdout, stderr } = agent.process;
  return { ...found, ...faults, health, bare, lives: isRunning(), logBytes: stdout().length + stderr().length };
}

async function scrape(target: Target): Promise<string> {
  const { status, body } = await ask(target, '/metrics', scrapeTimeoutMs);
  if (status !== 200) throw new Error(`/metrics answered ${status}`);
  return body;
}

async function askChild<Answer>(child: ChildProcess): Promise<Answer> {
  const answered = once(child, 'message');
  child.send({});
  const [answer] = (await answered) as [Answer];
  return answer;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
