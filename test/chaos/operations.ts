import { request } from 'node:http';
import type { DockerEngine } from '../support/docker-engine.ts';
import type { CuttingProxy } from './cutting-proxy.ts';
import type { Random } from './random.ts';

/** What there is to choose from, by name and in order, so that a seed chooses the same again. */
export interface Things {
  readonly containers: readonly string[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
  readonly tags: readonly string[];
}

export interface Operation {
  readonly name: string;
  /** Whether the engine answers before all of it has happened. */
  readonly goesOn: boolean;
  run(): Promise<void>;
}

/** Containers of this kind change by themselves: they crash, restart and have health checks. */
export const restless = 'restless-';

const most = 12;
const usual = ['start', 'start', 'start', 'stop', 'kill', 'pause', 'unpause', 'restart', 'rename', 'update', 'remove'];
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
  const call = (method: string, path: string, body?: unknown, goesOn = false): Operation => ({
    name: `${method} ${path}`,
    goesOn,
    run: () => ask(engine, method, path, body),
  });
  const choice = random.next();
  if (choice < 0.01) return { name: 'restart the daemon', goesOn: true, run: () => restart(engine) };
  if (choice < 0.05) {
    const run = async (): Promise<void> => proxy.cutEvents();
    return { name: 'cut the events', goesOn: false, run };
  }
  if (choice < 0.25) return chooseResource();
  if (containers.length < 3 || (choice < 0.4 && containers.length < most)) {
    return random.next() < 0.25
      ? call('POST', `/containers/create?name=${restless}${number}`, restlessContainer(random))
      : call('POST', `/containers/create?name=steady-${number}`, steadyContainer());
  }
  const path = `/containers/${random.pick(containers)}`;
  const act = random.pick([...usual, ...(containers.length < most ? [] : ['remove', 'remove'])]);
  if (act === 'remove') return call('DELETE', `${path}?force=1&v=1`);
  if (act === 'rename') {
    const kind = path.includes(restless) ? restless : 'steady-';
    return call('POST', `${path}/rename?name=${kind}${number}`);
  }
  if (act === 'update') return call('POST', `${path}/update`, limits(random));
  return call('POST', `${path}/${act}`, undefined, act === 'kill');

  function chooseResource(): Operation {
    const act = random.pick(['volume', 'network', 'import', 'tag', 'remove'] as const);
    if (act === 'volume') return call('POST', '/volumes/create', { Name: `volume-${number}` });
    if (act === 'network') {
      const made = networks.length < 4;
      return made ? call('POST', '/networks/create', { Name: `network-${number}` }) : removeOne(networks, 'networks');
    }
    if (act === 'import') return call('POST', `/images/create?fromSrc=-&repo=image&tag=${number}`, emptyArchive);
    if (act === 'tag') {
      const source = random.pick(['bb:latest', ...tags]);
      const target = random.pick(['moving', `${number}`]);
      return call('POST', `/images/${source}/tag?repo=image&tag=${target}`);
    }
    const [kind, list] = random.pick([['volumes', volumes] as const, ['images', tags] as const]);
    return removeOne(list, kind);
  }

  function removeOne(list: readonly string[], kind: string): Operation {
    if (list.length === 0) return call('POST', '/volumes/create', { Name: `volume-${number}` });
    return call('DELETE', `/${kind}/${random.pick(list)}`);
  }

  function steadyContainer(): unknown {
    const Image = random.pick(['bb:latest', 'bb:latest', ...tags.filter((tag) => tag.endsWith(':moving'))]);
    const Labels = { 'com.docker.compose.service': `service-${number}` };
    return { Image, Cmd: ['sleep', '100000'], StopSignal: 'SIGKILL', Labels, HostConfig: { NetworkMode: 'none' } };
  }
}

export async function thingsOf(engine: DockerEngine): Promise<Things> {
  const [containers, volumes, networks, images] = await Promise.all([
    engine.apiGet<{ Names: string[] }[]>('/containers/json?all=1'),
    engine.apiGet<{ Volumes: { Name: string }[] | null }>('/volumes'),
    engine.apiGet<{ Name: string }[]>('/networks'),
    engine.apiGet<{ RepoTags: string[] | null }[]>('/images/json'),
  ]);
  const tags = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  return {
    containers: containers.map(({ Names }) => (Names[0] ?? '').slice(1)).sort(),
    volumes: (volumes.Volumes ?? []).map(({ Name }) => Name).sort(),
    networks: networks
      .map(({ Name }) => Name)
      .filter((name) => name.startsWith('network-'))
      .sort(),
    tags: tags.filter((tag) => tag.startsWith('image:')).sort(),
  };
}

/** What `docker update` may set of a container that runs. */
function limits(random: Random): unknown {
  return random.pick([
    { CpuShares: random.pick([256, 512, 1024]) },
    { NanoCpus: random.pick([500_000_000, 1_000_000_000]) },
    { Memory: 67_108_864, MemorySwap: random.pick([134_217_728, -1]), MemoryReservation: 33_554_432 },
    { PidsLimit: random.pick([100, 200]) },
  ]);
}

function restlessContainer(random: Random): unknown {
  const second = 1_000_000_000;
  return {
    Image: 'bb:latest',
    Cmd: ['sh', '-c', random.pick(['sleep 1; exit 3', 'exit 7', 'sleep 100000'])],
    StopSignal: 'SIGKILL',
    Healthcheck: { Test: ['CMD-SHELL', random.pick(['true', 'false'])], Interval: 2 * second, Retries: 1 },
    HostConfig: {
      NetworkMode: 'none',
      RestartPolicy: random.pick([{ Name: 'no' }, { Name: 'always' }, { Name: 'on-failure', MaximumRetryCount: 2 }]),
    },
  };
}

async function restart(engine: DockerEngine): Promise<void> {
  await engine.terminate();
  await engine.start();
}

/** Resolves with any answer below 500 or of a refusal; rejects only when there is none. */
function ask({ socketPath }: DockerEngine, method: string, path: string, body: unknown): Promise<void> {
  const isJson = body !== undefined && !Buffer.isBuffer(body);
  const headers = { 'content-type': isJson ? 'application/json' : 'application/x-tar' };
  return new Promise((resolve, reject) => {
    const sent = request({ agent: false, socketPath, method, path, headers }, (answer) => {
      answer.on('error', reject).on('end', resolve).resume();
    });
    sent.on('error', reject);
    sent.end(isJson ? JSON.stringify(body) : body);
  });
}
