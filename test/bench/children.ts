import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoopDelay } from './loop-delay.ts';

/** A helper process that answers each message with one. */
export interface Child<Answer> {
  readonly pid: number;
  ask(): Promise<Answer>;
  end(): Promise<void>;
}

const scriptFile = (script: string): string => fileURLToPath(new URL(script, import.meta.url));

/** Starts a script beside this one with an order, and waits for its first message. */
export async function startChild<Answer>(script: string, order: object): Promise<Child<Answer>> {
  const child = fork(scriptFile(script), [JSON.stringify(order)]);
  await once(child, 'message');
  return handleOf(child);
}

export interface AgentChild extends Child<LoopDelay> {
  readonly port: number;
  /** Milliseconds from the start of the process to its first answer on /health. */
  readonly startUp: number;
}

/** Starts the agent's own entry point, or its bundle, with a loop-delay monitor preloaded. */
export async function startAgentChild(
  entry: string,
  args: readonly string[],
  execArgv: readonly string[] = [],
): Promise<AgentChild> {
  const port = await freePort();
  const begun = performance.now();
  const child = fork(entry, ['--server.port', String(port), '--server.address', '127.0.0.1', ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [...execArgv, '--import', scriptFile('loop-delay.ts')],
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
  return { ...handleOf<LoopDelay>(child), port, startUp: performance.now() - begun };
}

function handleOf<Answer>(child: ChildProcess): Child<Answer> {
  return {
    pid: child.pid ?? 0,
    ask: async () => {
      const answered = once(child, 'message');
      child.send({});
      const [answer] = (await answered) as [Answer];
      return answer;
    },
    end: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
