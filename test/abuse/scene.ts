import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cgroup, createCgroup } from '../bench/cgroup.ts';
import { startCommand } from '../bench/children.ts';
import { createAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/http.ts';
import type { RunningProcess } from '../support/process.ts';
import { type Target, ask } from './ask.ts';
import type { Attack, Settings } from './attack.ts';
import { basic, user } from './client-attacks.ts';
import type { Probed } from './probe-process.ts';

export interface SceneOptions {
  /** The bundle's main.js. */
  readonly program: string;
  /** Of the agent; where it is undefined it runs in no cgroup of its own. */
  readonly memoryBytes: number | undefined;
  /** What the numbers of each attack are multiplied by. */
  readonly scale: number;
}

const containers = 48;

/** Ahead of all else on the machine, so that it is late for no fault but its own; a session has a priority too. */
const first = ['sh', '-c', 'echo -15 > /proc/self/autogroup; exec nice -n -15 "$@"', 'sh'];

export interface Agent {
  readonly target: Target;
  readonly process: RunningProcess;
  probe(): Promise<Probed>;
  memory(): Promise<number>;
  end(): Promise<void>;
}

export interface Scene {
  startAgent(): Promise<Agent>;
  /** Begins the attack; returns how many containers the engine lists. */
  begin(): Promise<number>;
  clear(): Promise<void>;
}

let scenes = 0;

/** Starts the engine, with nothing happening yet, and the collector. */
export async function setScene(attack: Attack, { program, memoryBytes, scale }: SceneOptions): Promise<Scene> {
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
