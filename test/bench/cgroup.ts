import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeCgroup } from '../support/dockerd.ts';

export interface Cgroup {
  /** A command that runs another one in the cgroup from its first instruction on. */
  readonly enter: readonly [string, ...string[]];
  /** Bytes that can't give way, as page cache does. */
  anonymousMemory(): Promise<number>;
  /** Seconds of CPU time of all its processes so far. */
  cpuSeconds(): Promise<number>;
  oomKills(): Promise<number>;
  remove(): Promise<void>;
}

export interface CgroupLimits {
  /** Of a CPU; without it the cgroup is one of memory alone. */
  readonly cpus?: number;
  readonly memoryBytes: number;
}

const root = '/sys/fs/cgroup';
const periodMicroseconds = 100_000;

/** Makes a cgroup with the limits that a container of these would get, of version 1 or 2. For root on the host only. */
export function createCgroup(name: string, limits: CgroupLimits): Promise<Cgroup> {
  return existsSync(join(root, 'cgroup.controllers')) ? createVersion2(name, limits) : createVersion1(name, limits);
}

async function createVersion2(name: string, { cpus, memoryBytes }: CgroupLimits): Promise<Cgroup> {
  const folder = join(root, name);
  await writeFile(join(root, 'cgroup.subtree_control'), cpus === undefined ? '+memory' : '+cpu +memory');
  await mkdir(folder);
  await writeFile(join(folder, 'memory.max'), String(memoryBytes));
  await writeFile(join(folder, 'memory.swap.max'), '0').catch(() => {});
  if (cpus !== undefined)
    await writeFile(join(folder, 'cpu.max'), `${cpus * periodMicroseconds} ${periodMicroseconds}`);
  return {
    enter: enter([folder]),
    anonymousMemory: () => field(join(folder, 'memory.stat'), 'anon'),
    cpuSeconds: async () => (await field(join(folder, 'cpu.stat'), 'usage_usec')) / 1e6,
    oomKills: () => field(join(folder, 'memory.events'), 'oom_kill'),
    remove: () => removeCgroup(folder),
  };
}

type Folders = [memory: string, cpuacct: string, cpu: string];

async function createVersion1(name: string, { cpus, memoryBytes }: CgroupLimits): Promise<Cgroup> {
  const [memory, cpuacct, cpu] = ['memory', 'cpuacct', 'cpu'].map((each) => join(root, each, name)) as Folders;
  const folders = cpus === undefined ? [memory, cpuacct] : [memory, cpuacct, cpu];
  for (const folder of folders) await mkdir(folder, { recursive: true });
  await writeFile(join(memory, 'memory.limit_in_bytes'), String(memoryBytes));
  await writeFile(join(memory, 'memory.memsw.limit_in_bytes'), String(memoryBytes)).catch(() => {});
  if (cpus !== undefined) {
    await writeFile(join(cpu, 'cpu.cfs_period_us'), String(periodMicroseconds));
    await writeFile(join(cpu, 'cpu.cfs_quota_us'), String(cpus * periodMicroseconds));
  }
  return {
    enter: enter(folders),
    anonymousMemory: () => field(join(memory, 'memory.stat'), 'rss'),
    cpuSeconds: async () => Number(await readFile(join(cpuacct, 'cpuacct.usage'), 'utf8')) / 1e9,
    oomKills: () => field(join(memory, 'memory.oom_control'), 'oom_kill'),
    remove: async () => {
      // Where two controllers share a hierarchy, their folder is the same.
      for (const folder of folders) await removeCgroup(folder);
    },
  };
}

function enter(folders: readonly string[]): readonly [string, ...string[]] {
  const joins = folders.map((folder) => `echo 0 > ${join(folder, 'cgroup.procs')}`);
  return ['sh', '-c', [...joins, 'exec "$@"'].join(' && '), 'sh'];
}

/** Of a file with a name and a number in each line. */
async function field(file: string, name: string): Promise<number> {
  const line = (await readFile(file, 'utf8')).split('\n').find((text) => text.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}
