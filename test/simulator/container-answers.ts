import { hasProcesses, hexadecimal, secondsAtWork } from './containers.ts';
import type { SimulatedContainer } from './containers.ts';
import type { EngineKind } from './engine.ts';
import type { Recording } from './recording.ts';

/** The containers of the recordings whose answers are the pattern of those that run and of those that do not. */
const PATTERNS = {
  'docker-cgroup1': { running: 'two-nets', ended: 'failed' },
  'docker-cgroup2': { running: 'shop-db-1', ended: 'failed' },
  podman: { running: 'pod-web', ended: 'pod-failed' },
} as const;

const MIB = 2 ** 20;

/** What an engine says about one container: as recorded of a real one, with its own name, state and figures put in. */
export interface ContainerAnswers {
  /** One entry of `/containers/json`. */
  listEntry(container: SimulatedContainer): object;
  /** The body of `/containers/{id}/json`. */
  inspection(container: SimulatedContainer): string;
  /** The body of a stats answer at `now` (Unix milliseconds). Without processes it is zeroed on Docker, empty on Podman. */
  stats(container: SimulatedContainer, now: number): string;
}

/** A time as the engine writes it; Go's zero time for never. */
export function timestamp(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '0001-01-01T00:00:00Z' : new Date(milliseconds).toISOString();
}

/** Makes the answers of that kind of engine, on a host with so many bytes of memory. */
export function createContainerAnswers(kind: EngineKind, recording: Recording, hostMemory: number): ContainerAnswers {
  const { running, ended } = PATTERNS[kind];
  const entry = recordedEntry(recording, running);
  const inspected: { State: object; HostConfig: object; Config: object } = JSON.parse(
    recording.inspect[running] ?? '{}',
  );
  const measured: StatsBody = JSON.parse(recording.stats[running] ?? '{}');
  const zeroed: object | null = JSON.parse(recording.stats[ended]?.trim() || 'null');
  const withoutHealthCheck = kind === 'podman' ? { Status: '', FailingStreak: 0, Log: null } : undefined;

  return {
    listEntry: (container) => ({
      ...entry,
      Id: container.id,
      Names: [`/${container.name}`],
      Image: container.image,
      ImageID: `sha256:${hexadecimal(container.image)}`,
      Created: Math.floor(container.createdAt / 1000),
      Labels: container.labels,
      State: container.status,
      Status: statusText(container),
    }),
    inspection(container) {
      const { status, health, cpuLimit, memoryLimit, networkMode, restartPolicy } = container;
      return JSON.stringify({
        ...inspected,
        Id: container.id,
        Created: timestamp(container.createdAt),
        Name: `/${container.name}`,
        Image: `sha256:${hexadecimal(container.image)}`,
        RestartCount: container.restartCount,
        State: {
          ...inspected.State,
          Status: status,
          // A restarting container still counts as running, as in the engine.
          Running: hasProcesses(container) || status === 'restarting',
          Paused: status === 'paused',
          Restarting: status === 'restarting',
          OOMKilled: container.outOfMemory,
          Pid: hasProcesses(container) ? 2000 + container.serial : 0,
          ExitCode: container.exitCode,
          StartedAt: timestamp(container.startedAt),
          FinishedAt: timestamp(container.finishedAt),
          Health: health
            ? { Status: health, FailingStreak: health === 'healthy' ? 0 : 3, Log: [] }
            : withoutHealthCheck,
        },
        HostConfig: {
          ...inspected.HostConfig,
          NetworkMode: networkMode,
          RestartPolicy: { Name: restartPolicy, MaximumRetryCount: 0 },
          Memory: memoryLimit,
          MemorySwap: 2 * memoryLimit,
          NanoCpus: cpuLimit * 1e9,
        },
        Config: { ...inspected.Config, Image: container.image, Labels: container.labels },
      });
    },
    stats(container, now) {
      const { id, name, memoryLimit } = container;
      const identity = kind === 'podman' ? { Id: id, name } : { id, name: `/${name}` };
      if (!hasProcesses(container)) return zeroed ? JSON.stringify({ ...zeroed, ...identity }) : '';
      const figures = figuresOf(measured, container, secondsAtWork(container, now));
      const memory = { ...measured.memory_stats, usage: measured.memory_stats.usage + figures.memory };
      return JSON.stringify({
        ...measured,
        ...identity,
        read: timestamp(now),
        cpu_stats: figures.processor,
        blkio_stats: figures.disk,
        memory_stats: { ...memory, limit: memoryLimit || hostMemory },
        networks: figures.interfaces,
      });
    },
  };
}

interface StatsBody {
  cpu_stats: { cpu_usage: { percpu_usage?: readonly number[] } };
  blkio_stats: { io_serviced_recursive: readonly object[] | null };
  memory_stats: { usage: number };
  networks: Readonly<Record<string, object>>;
}

/** What a container has used after so many seconds of work: its counters only rise, and faster the higher its serial number. */
function figuresOf({ cpu_stats, blkio_stats, networks }: StatsBody, container: SimulatedContainer, seconds: number) {
  const pace = 1 + (container.serial % 50);
  const nanoseconds = Math.floor(seconds * pace * 1e6);
  const bytes = Math.floor(seconds * pace) * 1024;
  const periods = container.cpuLimit > 0 ? Math.floor(seconds * 10) : 0;
  const isFirstVersion = blkio_stats.io_serviced_recursive !== null;
  const entries = (value: number) =>
    (isFirstVersion ? ['Read', 'Write'] : ['read', 'write']).map((op) => ({ major: 259, minor: 0, op, value }));
  const [recordedInterface = {}] = Object.values(networks);
  const traffic = { ...recordedInterface, rx_bytes: bytes, tx_bytes: bytes };
  const names = 'network' in networks ? ['network'] : container.networks.map((_, index) => `eth${index}`);
  return {
    processor: {
      ...cpu_stats,
      cpu_usage: {
        total_usage: nanoseconds,
        percpu_usage: cpu_stats.cpu_usage.percpu_usage?.map((_, __, { length }) => Math.floor(nanoseconds / length)),
        usage_in_kernelmode: Math.floor(nanoseconds * 0.3),
        usage_in_usermode: Math.ceil(nanoseconds * 0.7),
      },
      throttling_data: {
        periods,
        throttled_periods: Math.floor(periods / 10),
        throttled_time: Math.floor(periods / 10) * 1e7,
      },
    },
    disk: {
      ...blkio_stats,
      io_service_bytes_recursive: entries(bytes),
      io_serviced_recursive: isFirstVersion ? entries(bytes / 1024) : null,
    },
    // It rises and falls, and stays below the limits of the population.
    memory: pace * MIB + Math.floor(seconds % 60) * 65_536,
    interfaces: container.networks.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, traffic])),
  };
}

/** The words for people in a list, of which clients read the health. */
function statusText({ status, exitCode, health }: SimulatedContainer): string {
  if (status === 'running')
    return `Up 2 hours${health ? ` (${health === 'starting' ? 'health: starting' : health})` : ''}`;
  if (status === 'paused') return 'Up 2 hours (Paused)';
  if (status === 'created') return 'Created';
  return `${status === 'exited' ? 'Exited' : 'Restarting'} (${exitCode}) 2 hours ago`;
}

function recordedEntry(recording: Recording, name: string): object | undefined {
  const entries: { Names: readonly string[] }[] = JSON.parse(recording.containers);
  return entries.find(({ Names }) => Names.includes(`/${name}`));
}
