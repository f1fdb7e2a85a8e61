import { request } from 'node:http';
import type { DockerEngine } from '../support/docker-engine.ts';
import type { CuttingProxy } from './cutting-proxy.ts';
import type { Random } from './random.ts';

/** What there is to choose from, in an order that a seed repeats. */
export interface Things {
  /** The state of each container by its name. */
  readonly containers: ReadonlyMap<string, string>;
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
  readonly tags: readonly string[];
}

export interface Operation {
  readonly name: string;
  /** What is counted as the same. */
  readonly kind: string;
  /** Whether the engine answers before all of it has happened. */
  readonly goesOn: boolean;
  /** Resolves to false where the engine refused. */
  run(): Promise<unknown>;
}

/** Containers of this kind change by themselves: they crash, restart, vanish and have health checks. */
export const restless = 'restless-';

const maxContainers = 12;
/** Of volumes, networks and tags each. */
const maxResources = 6;
/** Most of the time something is done that the state allows; `any` is often refused. */
const actions: Readonly<Record<string, readonly string[]>> = {
  running: ['stop', 'kill', 'pause', 'pause', 'restart', 'rename', 'update', 'remove'],
  paused: ['unpause', 'unpause', 'unpause', 'stop', 'kill', 'restart', 'rename', 'update', 'remove'],
  any: ['start', 'start', 'start', 'stop', 'kill', 'pause', 'unpause', 'restart', 'rename', 'update', 'remove'],
};
/** More than the 256 events that an engine remembers. */
const flood = 300;
/** Two empty blocks: the archive of no files. */
const emptyArchive = Buffer.alloc(1024);

/** Chooses what to do next. What the engine refuses, such as to unpause what is not paused, is no error. */
export function chooseOperation(
  random: Random,
  things: Things,
  number: number,
  engine: DockerEngine,
  proxy: CuttingProxy,
): Operation {
  const { containers, volumes, networks, tags } = things;
  const choice = random.next();
  if (choice < 0.004) return onDaemon('restart the engine', () => restart(engine));
  if (choice < 0.008) return onDaemon('end the engine at once', () => powerCut(engine));
  if (choice < 0.012) return onDaemon('restart dockerd', () => engine.respawn('SIGTERM'));
  if (choice < 0.02) return onDaemon('kill dockerd', () => engine.respawn('SIGKILL'));
  if (choice < 0.05) return { ...onDaemon('cut the events', async () => proxy.cutEvents()), goesOn: false };
  if (choice < 0.25) return chooseResource();
  if (containers.size < 3 || (choice < 0.4 && containers.size < maxContainers)) {
    return random.next() < 0.3
      ? call('create', 'POST', `/containers/create?name=${restless}${number}`, restlessContainer(random))
      : call('create', 'POST', `/containers/create?name=steady-${number}`, steadyContainer());
  }
  const operation = act(random.pick([...containers.keys()].sort()));
  return random.next() < 0.02 ? flooded(operation) : operation;

  function act(container: string): Operation {
    const path = `/containers/${container}`;
    const { any = [], [containers.get(container) ?? '']: allowed = any } = actions;
    const choices = [
      ...(random.next() < 0.9 ? allowed : any),
      ...(containers.size < maxContainers ? [] : ['remove', 'remove']),
    ];
    // An engine on cgroup v1 hangs for good when a health check begins in a container that is just being paused.
    const isChecked = container.startsWith(restless);
    const action = random.pick(choices.filter((each) => each !== 'pause' || !isChecked));
    if (action === 'remove') return call(action, 'DELETE', `${path}?force=1&v=1`);
    if (action === 'update')
      return call(action, 'POST', `${path}/update`, { CpuShares: random.pick([256, 512, 1024]) });
    if (action !== 'rename') return { ...call(action, 'POST', `${path}/${action}`), goesOn: action === 'kill' };
    const kind = container.startsWith(restless) ? restless : 'steady-';
    return call(action, 'POST', `${path}/rename?name=${kind}${number}`);
  }

  /** So many execs afterwards that the engine no longer remembers what happened. */
  function flooded(operation: Operation): Operation {
    const running = [...containers].find(([, state]) => state === 'running')?.[0];
    const exec = { Cmd: ['true'] };
    const run = async (): Promise<unknown> => {
      const done = await operation.run();
      for (let count = 0; count < flood; count += 1) await ask(engine, 'POST', `/containers/${running}/exec`, exec);
      return done;
    };
    const then = ', then execs';
    return running === undefined
      ? operation
      : { ...operation, name: operation.name + then, kind: operation.kind + then, run };
  }

  function chooseResource(): Operation {
    const kind = random.pick(['volumes', 'networks', 'images', 'images'] as const);
    const there = { volumes, networks, images: tags }[kind];
    const isMade = there.length === 0 || (there.length < maxResources && random.next() < 0.6);
    if (!isMade) return call(`remove from ${kind}`, 'DELETE', `/${kind}/${random.pick(there)}`);
    if (kind === 'volumes') return call('create a volume', 'POST', '/volumes/create', { Name: `volume-${number}` });
    if (kind === 'networks') return call('create a network', 'POST', '/networks/create', { Name: `network-${number}` });
    if (random.next() < 0.5)
      return call('import', 'POST', `/images/create?fromSrc=-&repo=image&tag=${number}`, emptyArchive);
    const source = random.pick(['bb:latest', ...tags]);
    return call('tag', 'POST', `/images/${source}/tag?repo=image&tag=${random.pick(['moving', `${number}`])}`);
  }

  function steadyContainer(): unknown {
    const Image = random.pick(['bb:latest', 'bb:latest', ...tags.filter((tag) => tag.endsWith(':moving'))]);
    const Labels = { 'com.docker.compose.service': `service-${number}` };
    return { Image, Cmd: ['sleep', '100000'], StopSignal: 'SIGKILL', Labels, HostConfig: { NetworkMode: 'none' } };
  }

  function call(kind: string, method: string, path: string, body?: unknown): Operation {
    return { name: `${method} ${path}`, kind, goesOn: false, run: () => ask(engine, method, path, body) };
  }
}

function onDaemon(name: string, run: () => Promise<void>): Operation {
  return { name, kind: name, goesOn: true, run };
}

function restlessContainer(random: Random): unknown {
  const second = 1_000_000_000;
  const flaps = '[ $(($(date +%s) / 3 % 2)) = 0 ]';
  const AutoRemove = random.next() < 0.3;
  const policy = random.pick([{ Name: 'no' }, { Name: 'always' }, { Name: 'on-failure', MaximumRetryCount: 2 }]);
  return {
    Image: 'bb:latest',
    Cmd: ['sh', '-c', random.pick(['sleep 1; exit 3', 'exit 7', 'sleep 100000', 'sleep 100000'])],
    StopSignal: 'SIGKILL',
    Healthcheck: { Test: ['CMD-SHELL', random.pick(['true', 'false', flaps])], Interval: 2 * second, Retries: 1 },
    HostConfig: { NetworkMode: 'none', AutoRemove, ...(AutoRemove ? {} : { RestartPolicy: policy }) },
  };
}

async function restart(engine: DockerEngine): Promise<void> {
  await engine.terminate();
  await engine.start();
}

async function powerCut(engine: DockerEngine): Promise<void> {
  await engine.kill();
  await engine.start();
}

/** Milliseconds after which it is left alone with what it was asked to do. */
const maxOperationMs = 30_000;

/** Resolves to whether the engine did it; rejects only when the connection fails. */
function ask({ socketPath }: DockerEngine, method: string, path: string, body: unknown): Promise<boolean> {
  const isJson = body !== undefined && !Buffer.isBuffer(body);
  const headers = { 'content-type': isJson ? 'application/json' : 'application/x-tar' };
  return new Promise((resolve, reject) => {
    const sent = request({ agent: false, socketPath, method, path, headers }, (answer) => {
      const { statusCode = 0 } = answer;
      answer
        .on('error', reject)
        .on('end', () => resolve(statusCode < 300))
        .resume();
    });
    sent.on('error', reject);
    sent.setTimeout(maxOperationMs, () => {
      resolve(false);
      sent.destroy();
    });
    sent.end(isJson ? JSON.stringify(body) : body);
  });
}
