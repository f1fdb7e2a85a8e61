import { readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { eventually } from './eventually.ts';
import { send } from './http.ts';
import { startProcess } from './process.ts';
import { descendantsOf } from './process-tree.ts';

/** Where one Docker daemon keeps its things: nothing of it is shared with another daemon on the machine. */
export interface DaemonPlace {
  readonly folder: string;
  readonly socketPath: string;
  /** The cgroup of all its containers, below every controller, such as `/exporter-test-x`. */
  readonly cgroupParent: string;
  /** The folder of a dockerd and a runc other than the machine's own. */
  readonly binaries?: string | undefined;
  /** The machine's name as the daemon sees it; that of this machine when left out. */
  readonly hostname?: string | undefined;
  /** Whether containers run on while the daemon does not. */
  readonly liveRestore?: boolean | undefined;
}

export interface DockerDaemon {
  /** The process that all others of the daemon descend from: its containerd, their shims, the containers. */
  readonly pid: number;
  /** Holds it, so that it takes connections and answers nothing, until it is killed. */
  freeze(): void;
  /** Ends dockerd alone by that signal, and waits until a new one answers. */
  respawn(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Asks it to stop, as a service manager does: it stops the containers first. */
  terminate(): Promise<void>;
  /** Ends it and every container at once, as a power cut does. */
  kill(): Promise<void>;
}

/** Starts dockerd again when it was killed or stopped alone, as a service manager does; not when it fails. */
const supervisor = `
  trap 'stopped=1' TERM
  while "$0" "$@"; code=$?; [ "$stopped$code" = 0 ] || [ "$stopped$code" = 137 ]; do :; done
  exit $code`;

const cgroupRoot = '/sys/fs/cgroup';

/**
 * Starts dockerd and waits until it answers. It runs in network, mount and process namespaces of its own: any number
 * of daemons fit on one machine, each with its docker0, and when its first process ends, so do its containers, its
 * containerd, its mounts and its bridges. That first process dies with this one.
 */
export async function startDockerd(place: DaemonPlace): Promise<DockerDaemon> {
  const { folder, socketPath, cgroupParent, binaries, hostname, liveRestore = false } = place;
  const command = [
    '--pdeathsig=KILL',
    'unshare',
    '--net',
    ...(hostname === undefined ? [] : ['--uts']),
    '--mount',
    '--mount-proc',
    '--pid',
    '--fork',
    '--kill-child',
    'sh',
    '-c',
    // What is below /run, process ids in files among it, must not outlive the namespaces, as on a machine that boots.
    // docker-init reaps the orphans, and passes a signal on to the supervisor and dockerd.
    'if [ -n "$0" ]; then hostname "$0"; fi; mount -t tmpfs tmpfs /run && exec docker-init -g -- sh -c "$@"',
    hostname ?? '',
    supervisor,
    'dockerd',
    `--host=unix://${socketPath}`,
    // Where a machine has it, in the daemon's own /run.
    '--host=unix:///run/docker.sock',
    `--data-root=${join(folder, 'data')}`,
    `--cgroup-parent=${cgroupParent}`,
    '--exec-opt=native.cgroupdriver=cgroupfs',
    '--iptables=false',
    '--ip-masq=false',
    '--shutdown-timeout=5',
    ...(liveRestore ? ['--live-restore'] : []),
  ];
  const PATH = [binaries, process.env['PATH']].filter((part) => part !== undefined).join(delimiter);
  const namespaces = await startProcess('setpriv', command, { env: { ...process.env, PATH } });
  const answers = (): Promise<unknown> =>
    eventually(
      'dockerd answers',
      async () => {
        if (!namespaces.isRunning()) return true;
        return (await send({ socketPath, path: '/_ping' })).status === 200;
      },
      { within: 30_000 },
    );
  await answers();
  if (!namespaces.isRunning()) throw new Error(`dockerd ended:\n${namespaces.stderr().slice(-4000)}`);

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    // unshare itself waits for its child, the first process of the namespace, which ends after all others.
    const [first] = descendantsOf(namespaces.pid);
    if (first !== undefined) process.kill(first.pid, signal);
    await namespaces.exited;
  };
  const daemons = (): readonly number[] =>
    descendantsOf(namespaces.pid)
      .filter(({ command }) => command === 'dockerd')
      .map(({ pid }) => pid);
  return {
    pid: namespaces.pid,
    freeze: () => daemons().forEach((pid) => process.kill(pid, 'SIGSTOP')),
    respawn: async (signal) => {
      const before = daemons();
      for (const pid of before) process.kill(pid, signal);
      await eventually('dockerd is gone', () => !daemons().some((pid) => before.includes(pid)), { within: 30_000 });
      await answers();
    },
    terminate: async () => {
      // Containers that run on are ended with the namespaces.
      if (liveRestore) await thaw(cgroupParent);
      await end('SIGTERM');
    },
    kill: async () => {
      if (!namespaces.isRunning()) return;
      await thaw(cgroupParent);
      await end('SIGKILL');
    },
  };
}

/** Lets paused containers run on: cgroup v1 delivers no signal, not even SIGKILL, to a frozen process. */
async function thaw(cgroupParent: string): Promise<void> {
  const parent = join(cgroupRoot, 'freezer', cgroupParent);
  const containers = await readdir(parent, { withFileTypes: true }).catch(() => []);
  for (const container of containers.filter((entry) => entry.isDirectory())) {
    // One that ended meanwhile has none any more.
    await writeFile(join(parent, container.name, 'freezer.state'), 'THAWED').catch(() => undefined);
  }
}

/** Removes the cgroups that killed containers left behind, below every controller. */
export async function removeCgroups(cgroupParent: string): Promise<void> {
  const controllers = await readdir(cgroupRoot, { withFileTypes: true });
  const hierarchies = controllers.filter((entry) => entry.isDirectory()).map(({ name }) => join(cgroupRoot, name));
  for (const hierarchy of [cgroupRoot, ...hierarchies]) await removeCgroup(join(hierarchy, cgroupParent));
}

/** Removes a cgroup, where there is one, and those in it. It may stay busy for a moment after its last process. */
export async function removeCgroup(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return;
  for (const child of entries.filter((entry) => entry.isDirectory())) await removeCgroup(join(path, child.name));
  await eventually(`the cgroup ${path} is empty`, () => rmdir(path).then(() => true));
}

/**
 * A number that the kernel keeps for a container, such as `cpuacct.usage` of the controller `cpuacct`: cgroup v1 only.
 */
export async function readCgroup(
  place: DaemonPlace,
  controller: string,
  containerId: string,
  file: string,
): Promise<number> {
  return Number(await readFile(join(cgroupRoot, controller, place.cgroupParent, containerId, file), 'utf8'));
}
