import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { packBusybox } from './docker-engine.ts';
import { removeCgroups } from './dockerd.ts';
import { eventually } from './eventually.ts';
import { getJson, send } from './http.ts';
import { run, startProcess } from './process.ts';

/** Podman's service of the Docker API for a test alone, with one image, `bb`: a static busybox. */
export interface Podman {
  /** Ready for `--docker.host`. */
  readonly host: string;
  /** Runs the docker command against it and returns what it printed, trimmed. */
  docker(...args: readonly string[]): Promise<string>;
  /** Starts a container of that image in the background, without a network. */
  runContainer(name: string, ...options: readonly string[]): Promise<string>;
  /** The answer to a GET of the Engine API. Rejects unless it is a 200. */
  apiGet<T = unknown>(path: string): Promise<T>;
  /** Ends everything and removes every trace. */
  stop(): Promise<void>;
}

/** Needs root, and the commands podman, docker and runc. It runs in namespaces of its own, and ends with their first process. */
export async function startPodman(): Promise<Podman> {
  const folder = await mkdtemp(join(tmpdir(), 'podman-'));
  const socketPath = join(folder, 'podman.sock');
  const host = `unix://${socketPath}`;
  const cgroupParent = `/${basename(folder)}`;
  const isolated = 'unshare --net --mount --mount-proc --pid --fork --kill-child'.split(' ');
  const stores = [`--root=${join(folder, 'root')}`, '--runroot=/run/containers', '--storage-driver=vfs'];
  const service = await startProcess('setpriv', [
    '--pdeathsig=KILL',
    ...isolated,
    'sh',
    '-c',
    'mount -t tmpfs tmpfs /run && exec docker-init -- "$0" "$@"',
    'podman',
    ...stores,
    `--network-config-dir=${join(folder, 'networks')}`,
    '--cgroup-manager=cgroupfs',
    '--events-backend=file',
    '--runtime=runc',
    'system',
    'service',
    '--time=0',
    host,
  ]);
  const env = { PATH: process.env['PATH'], DOCKER_CONFIG: folder, DOCKER_HOST: host };
  const docker = async (...args: readonly string[]): Promise<string> => (await run('docker', args, { env })).trim();
  const stop = async (): Promise<void> => {
    await service.stop('SIGKILL');
    await removeCgroups(cgroupParent);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually('podman answers', async () => {
      if (!service.isRunning()) throw new Error(service.stderr());
      return (await send({ socketPath, path: '/_ping' })).status === 200;
    });
    await docker('import', await packBusybox(folder), 'bb:latest');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host,
    docker,
    runContainer: (name, ...options) => {
      const own = ['--network', 'none', '--cgroup-parent', cgroupParent];
      return docker('run', '--detach', ...own, '--name', name, ...options, 'bb', 'sleep', '1000');
    },
    apiGet: <T>(path: string): Promise<T> => getJson<T>(socketPath, path),
    stop,
  };
}
