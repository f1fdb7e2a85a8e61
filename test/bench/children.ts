import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/http.ts';
import { type RunningProcess, startProcess } from '../support/process.ts';
import type { LoopDelay } from './loop-delay.ts';
import { productionEnvironment, productionFlags } from './production.ts';

/** A helper process that ends when told to. */
export interface Child {
  readonly pid: number;
  end(): Promise<void>;
}

/** One that answers each message with one. */
export interface AskedChild<Answer> extends Child {
  ask(): Promise<Answer>;
}

const scriptFile = (script: string): string => fileURLToPath(new URL(script, import.meta.url));

/** Starts a script beside this one with an order, and waits for its first message. */
export async function startChild<Answer>(script: string, order: object): Promise<AskedChild<Answer>> {
  const child = fork(scriptFile(script), [JSON.stringify(order)]);
  await once(child, 'message');
  return askedHandle(child);
}

export interface AgentChild extends Child {
  readonly port: number;
  /** Milliseconds from the start of the process to its first answer on /health. */
  readonly startUp: number;
}

/** Starts the agent from an entry point, with the flags of the image. */
export async function startAgentChild(
  entry: string,
  args: readonly string[],
  flags: readonly string[] = productionFlags(),
): Promise<AgentChild> {
  const { child, ...started } = await forkAgent(entry, args, flags);
  return { ...handleOf(child), ...started };
}

/** The same with a monitor of its event loop loaded, which takes memory and time of its own. */
export async function startWatchedAgent(
  entry: string,
  args: readonly string[],
): Promise<AgentChild & AskedChild<LoopDelay>> {
  const { child, ...started } = await forkAgent(entry, args, [
    ...productionFlags(),
    '--import',
    scriptFile('loop-delay.ts'),
  ]);
  return { ...askedHandle<LoopDelay>(child), ...started };
}

/**
 * Starts the command that npm and the image have, the launcher beside an entry point, with settings as flags; under
 * `enter` where it is given, such as what enters a cgroup.
 */
export function startCommand(
  entry: string,
  settings: Readonly<Record<string, string | number | boolean>>,
  enter: readonly string[] = [],
): Promise<RunningProcess> {
  const flags = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  const launcher = join(dirname(entry), 'launcher.js');
  const [command = process.execPath, ...args] = [...enter, process.execPath, launcher, ...flags];
  return startProcess(command, args);
}

/** Scrapes once; rejects when the answer does not show so many running containers. */
export async function scrapeRunning({ port }: AgentChild, containers: number): Promise<void> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const shown = text.match(/^container_memory_usage_bytes\{/gm)?.length ?? 0;
  if (shown !== containers) throw new Error(`the scrape shows ${shown} of ${containers} containers`);
}

async function forkAgent(
  entry: string,
  args: readonly string[],
  execArgv: readonly string[],
): Promise<{ child: ChildProcess; port: number; startUp: number }> {
  const port = await freePort();
  const begun = performance.now();
  const child = fork(entry, ['--server.port', String(port), '--server.address', '127.0.0.1', ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [...execArgv],
    env: { ...process.env, ...productionEnvironment() },
  });
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) break;
    if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return { child, port, startUp: performance.now() - begun };
}

function handleOf(child: ChildProcess): Child {
  return {
    pid: child.pid ?? 0,
    end: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function askedHandle<Answer>(child: ChildProcess): AskedChild<Answer> {
  return {
    ...handleOf(child),
    ask: async () => {
      const answered = once(child, 'message');
      child.send({});
      const [answer] = (await answered) as [Answer];
      return answer;
    },
  };
}
