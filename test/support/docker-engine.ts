import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { ContainerStats } from '../../lib/docker/api.ts';
import { docker29Folder, whyNoDocker29 } from './docker-29.ts';
import { type DaemonPlace, type DockerDaemon, readCgroup, removeCgroups, startDockerd } from './dockerd.ts';
import { getJson } from './http.ts';
import { missingCommands, run } from './process.ts';

/** Debian's own, whose stats wait for the next second, and a current one, with the containerd image store. */
export const engineVersions = ['20.10', '29'] as const;

export type EngineVersion = (typeof engineVersions)[number];

export type EngineOptions = Pick<DaemonPlace, 'hostname' | 'liveRestore'>;

/** A Docker Engine for a test alone: real containers, real cgroups, real bridges. */
export interface DockerEngine {
  readonly socketPath: string;
  /** Ready for `--docker.host`. */
  readonly host: string;
  /** The folder of its images, containers and volumes. */
  readonly dataRoot: string;
  /** Runs the docker command against it and returns what it printed, trimmed. */
  docker(...args: readonly string[]): Promise<string>;
  /** Starts a container of the image `bb` in the background and returns its id. */
  runContainer(name: string, options: readonly string[], ...command: readonly string[]): Promise<string>;
  /** The answer to a GET of the Engine API, such as `/containers/json`. Rejects unless it is a 200. */
  apiGet<T = unknown>(path: string): Promise<T>;
  stats(container: string): Promise<ContainerStats>;
  /** A number that the kernel itself keeps for a container: cgroup v1 only. */
  cgroup(controller: string, containerId: string, file: string): Promise<number>;
  /** Starts the daemon, on the same socket and with what it had. */
  start(): Promise<void>;
  /** Whom its processes descend from; undefined while no daemon runs. */
  readonly pid: () => number | undefined;
  /** Lets the daemon take connections and answer nothing, until it is killed. */
  freeze(): void;
  /** Ends dockerd alone by that signal, and waits until a new one answers. */
  respawn(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Ends the daemon as a service manager does. The socket goes. */
  terminate(): Promise<void>;
  /** Ends the daemon and all containers as a power cut does. The socket's file stays, and refuses connections. */
  kill(): Promise<void>;
  /** Ends everything and removes every trace. */
  stop(): Promise<void>;
}

const needed = ['dockerd', 'docker', 'docker-init', 'containerd', 'runc', 'unshare', 'setpriv', 'tar'];
const busybox = '/bin/busybox';

/** Why no Docker Engine can be started here, or undefined when nothing is in the way. */
export function whyNoEngine(version: EngineVersion = '20.10'): string | undefined {
  if (process.platform !== 'linux') return 'a Docker Engine needs Linux';
  if (process.getuid?.() !== 0) return 'a Docker Engine needs root';
  const missing = missingCommands(needed);
  if (!existsSync(busybox)) missing.push(busybox);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  return version === '29' ? whyNoDocker29() : undefined;
}

/** Makes the place of an engine, whose daemon does not run yet. */
export async function createDockerEngine(
  version: EngineVersion = '20.10',
  { hostname, liveRestore }: EngineOptions = {},
): Promise<DockerEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'exporter-test-'));
  const socketPath = join(folder, 'docker.sock');
  const place: DaemonPlace = {
    folder,
    socketPath,
    cgroupParent: `/${basename(folder)}`,
    binaries: version === '29' ? docker29Folder() : undefined,
    hostname,
    liveRestore,
  };
  const host = `unix://${socketPath}`;
  const env = { PATH: process.env['PATH'], DOCKER_CONFIG: folder, DOCKER_HOST: host };
  let daemon: DockerDaemon | undefined;
  let hasImage = false;

  const docker = async (...args: readonly string[]): Promise<string> => (await run('docker', args, { env })).trim();
  const apiGet = <T>(path: string): Promise<T> => getJson<T>(socketPath, path);
  const kill = async (): Promise<void> => {
    await daemon?.kill();
    daemon = undefined;
    await removeCgroups(place.cgroupParent);
  };

  return {
    socketPath,
    host,
    dataRoot: join(folder, 'data'),
    docker,
    runContainer: (name, options, ...command) =>
      docker('run', '--detach', '--name', name, '--stop-signal', 'KILL', ...options, 'bb', ...command),
    apiGet,
    stats: (container) => apiGet(`/containers/${container}/stats?stream=false&one-shot=true`),
    cgroup: (controller, containerId, file) => readCgroup(place, controller, containerId, file),
    start: async () => {
      daemon = await startDockerd(place);
      if (!hasImage) await docker('import', await packBusybox(folder), 'bb:latest');
      hasImage = true;
    },
    pid: () => daemon?.pid,
    freeze: () => daemon?.freeze(),
    respawn: async (signal) => daemon?.respawn(signal),
    terminate: async () => {
      await daemon?.terminate();
      daemon = undefined;
    },
    kill,
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a Docker Engine that has one image, `bb`: a static busybox with all its commands. */
export async function startDockerEngine(version?: EngineVersion, options?: EngineOptions): Promise<DockerEngine> {
  const engine = await createDockerEngine(version, options);
  try {
    await engine.start();
    return engine;
  } catch (error) {
    await engine.stop();
    throw error;
  }
}

/** Packs the machine's busybox as the files of an image, and returns the archive's path. */
export async function packBusybox(folder: string): Promise<string> {
  const root = join(folder, 'busybox');
  const bin = join(root, 'bin');
  const archive = join(folder, 'busybox.tar');
  await mkdir(bin, { recursive: true });
  await mkdir(join(root, 'tmp'));
  await cp(busybox, join(bin, 'busybox'), { dereference: true });
  const commands = (await run(busybox, ['--list'])).trim().split('\n');
  for (const command of commands.filter((name) => name !== 'busybox')) await symlink('busybox', join(bin, command));
  await run('tar', ['-C', root, '-cf', archive, '.']);
  return archive;
}
