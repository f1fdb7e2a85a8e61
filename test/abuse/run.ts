import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Cgroup, createCgroup } from '../bench/cgroup.ts';
import { freePort, startCommand } from '../bench/children.ts';
import { quantile } from '../bench/statistics.ts';
import { eventually } from '../support/eventually.ts';
import { send } from '../support/http.ts';
import type { RunningProcess } from '../support/process.ts';
import { type EngineAttack, engineAttacks, victimNames } from './attacks.ts';
import { type ClientAttack, clientAttacks } from './client-attacks.ts';
import type { Probed } from './probe-process.ts';

export interface AbuseOptions {
  /** The bundle's main.js. */
  readonly program: string;
  /** How long each attack goes on, and how long once more for an agent that starts meanwhile. */
  readonly seconds: number;
  /** Of the agent; where it is undefined it runs in no cgroup of its own. */
  readonly memoryBytes: number | undefined;
  /** Whether an agent is also started under each attack of the engine. */
  readonly starts: boolean;
}

/** What became of the agent under an attack. */
export interface Verdict {
  readonly attack: string;
  /** Whether it started meanwhile. */
  readonly isStart: boolean;
  /** Whether the process went on. */
  readonly lives: boolean;
  readonly scrapes: number;
  /** Scrapes without an answer, or whose figures of the other containers were not exactly what they are. */
  readonly wrongScrapes: number;
  /** One of them. */
  readonly wrong: string | undefined;
  /** Milliseconds of /health, and of a bare server in a process of its own asked by turns. */
  readonly healthWorst: number;
  readonly healthMedian: number;
  readonly health99: number;
  readonly bareWorst: number;
  /** Bytes that can't give way, the most seen between two scrapes. */
  readonly memory: number;
}

export const attackNames: readonly string[] = [...engineAttacks, ...clientAttacks].map(({ name }) => name);

const containers = 48;
const scrapeIntervalMs = 1_000;
const scrapeTimeoutMs = 10_000;

/** Series that change with the time alone. */
const moving = /^container_(last_seen|uptime_seconds)\{/;

/** Runs the agent, as the image does, under one attack after the other; yields a verdict on each. */
export async function* abuse(names: readonly string[], options: AbuseOptions): AsyncGenerator<Verdict> {
  for (const attack of engineAttacks) if (names.includes(attack.name)) yield* runEngineAttack(attack, options);
  for (const attack of clientAttacks) if (names.includes(attack.name)) yield await runClientAttack(attack, options);
}

async function* runEngineAttack(attack: EngineAttack, options: AbuseOptions): AsyncGenerator<Verdict> {
  const scene = await setScene(options);
  try {
    const agent = await scene.startAgent();
    const expected = await figures(agent.port);
    await tell(scene.engine, attack.name);
    yield await observe(attack.name, false, agent, expected, options.seconds);
    await agent.end();
    if (!options.starts || attack.allowsStart === false) return;
    const second = await scene.startAgent();
    yield await observe(attack.name, true, second, expected, options.seconds);
  } finally {
    await scene.clear();
  }
}

async function runClientAttack({ name }: ClientAttack, options: AbuseOptions): Promise<Verdict> {
  const scene = await setScene(options);
  try {
    const agent = await scene.startAgent();
    const expected = await figures(agent.port);
    const clients = await scene.start('client-process.ts', { port: agent.port, attack: name });
    const verdict = await observe(name, false, agent, expected, options.seconds);
    await end(clients);
    return verdict;
  } finally {
    await scene.clear();
  }
}

/** Ahead of all else on the machine, so that it is late for no fault but its own; a session has a priority too. */
const first = ['sh', '-c', 'echo -15 > /proc/self/autogroup; exec nice -n -15 "$@"', 'sh'];

interface Agent {
  readonly port: number;
  readonly probe: ChildProcess;
  isRunning(): boolean;
  memory(): Promise<number>;
  end(): Promise<void>;
}

interface Scene {
  readonly engine: ChildProcess;
  start(script: string, order: object): Promise<ChildProcess>;
  startAgent(): Promise<Agent>;
  clear(): Promise<void>;
}

let sceneNumber = 0;

/** An engine, and what a scene starts ends with it. */
async function setScene(options: AbuseOptions): Promise<Scene> {
  const { memoryBytes } = options;
  const folder = await mkdtemp(join(tmpdir(), 'abuse-'));
  const socketPath = join(folder, 'engine.sock');
  const children: ChildProcess[] = [];
  const agents: Agent[] = [];
  const start = async (script: string, order: object): Promise<ChildProcess> => {
    const child = fork(fileURLToPath(new URL(script, import.meta.url)), [JSON.stringify(order)]);
    children.push(child);
    await once(child, 'message');
    return child;
  };
  return {
    engine: await start('engine-process.ts', { containers, socketPath }),
    start,
    startAgent: async () => {
      const port = await freePort();
      sceneNumber += 1;
      const name = `exporter-abuse-${process.pid}-${sceneNumber}`;
      const cgroup = memoryBytes === undefined ? undefined : await createCgroup(name, { memoryBytes });
      const agent = await startAgentIn(cgroup, options, socketPath, port);
      const probe = await start('probe-process.ts', { port });
      const handle: Agent = {
        port,
        probe,
        isRunning: agent.isRunning,
        memory: async () => (await cgroup?.anonymousMemory()) ?? 0,
        end: async () => {
          await end(probe);
          await agent.stop('SIGKILL');
          await cgroup?.remove();
        },
      };
      agents.push(handle);
      return handle;
    },
    clear: async () => {
      for (const agent of agents) await agent.end();
      for (const child of children) await end(child);
      await rm(folder, { recursive: true });
    },
  };
}

async function startAgentIn(
  cgroup: Cgroup | undefined,
  { program, memoryBytes }: AbuseOptions,
  socketPath: string,
  port: number,
): Promise<RunningProcess> {
  const settings = {
    'docker.host': `unix://${socketPath}`,
    'server.address': '127.0.0.1',
    'server.port': port,
    'logging.level': 'error',
  };
  const enter = [...(cgroup?.enter ?? []), ...(memoryBytes === undefined ? [] : first)];
  const agent = await startCommand(program, settings, enter);
  await eventually(
    'the agent answers',
    async () => !agent.isRunning() || (await send({ host: '127.0.0.1', port, path: '/health' })).status === 200,
    { within: 60_000 },
  );
  return agent;
}

async function observe(
  attack: string,
  isStart: boolean,
  agent: Agent,
  expected: readonly string[],
  seconds: number,
): Promise<Verdict> {
  await ask(agent.probe);
  const until = performance.now() + seconds * 1_000;
  let scrapes = 0;
  let wrongScrapes = 0;
  let wrong: string | undefined;
  let memory = 0;
  do {
    scrapes += 1;
    const found = await figures(agent.port).catch((error: unknown) => String(error));
    const difference = differenceBetween(expected, found);
    if (difference !== undefined) wrongScrapes += 1;
    wrong ??= difference;
    memory = Math.max(memory, await agent.memory());
    await sleep(scrapeIntervalMs);
  } while (performance.now() < until && agent.isRunning());
  const { health, bare } = await ask(agent.probe);
  return {
    attack,
    isStart,
    lives: agent.isRunning(),
    scrapes,
    wrongScrapes,
    wrong,
    healthWorst: Math.max(...health),
    healthMedian: quantile(health, 0.5),
    health99: quantile(health, 0.99),
    bareWorst: Math.max(...bare),
    memory,
  };
}

/** The series of the other containers. */
async function figures(port: number): Promise<string[]> {
  const headers = { 'x-prometheus-scrape-timeout-seconds': String(scrapeTimeoutMs / 1_000) };
  const { status, body } = await send({
    host: '127.0.0.1',
    port,
    path: '/metrics',
    headers,
    signal: AbortSignal.timeout(2 * scrapeTimeoutMs),
  });
  if (status !== 200) throw new Error(`/metrics answered ${status}`);
  const isOthers = (line: string): boolean => !victimNames.some((name) => line.includes(`"${name}`));
  return body
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('container_') && !moving.test(line) && isOthers(line));
}

/** What is missing or otherwise; more containers than expected are no fault. */
function differenceBetween(expected: readonly string[], found: readonly string[] | string): string | undefined {
  if (typeof found === 'string') return found;
  const there = new Set(found);
  const missing = expected.filter((line) => !there.has(line));
  return missing.length === 0 ? undefined : `${missing.length} of ${expected.length} series, such as ${missing[0]}`;
}

async function tell(engine: ChildProcess, attack: string): Promise<void> {
  const done = once(engine, 'message');
  engine.send(attack);
  await done;
}

async function ask(probe: ChildProcess): Promise<Probed> {
  const answer = once(probe, 'message');
  probe.send({});
  const [probed] = (await answer) as [Probed];
  // Infinity does not pass through JSON.
  return { health: probed.health.map(finiteOr), bare: probed.bare.map(finiteOr) };
}

function finiteOr(milliseconds: number | null): number {
  return milliseconds ?? Number.POSITIVE_INFINITY;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
