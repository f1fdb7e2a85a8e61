import { createHash } from 'node:crypto';

/** The engine's state words. `restarting` is the pause between a crash and the next try of the restart policy. */
export type Status = 'created' | 'running' | 'paused' | 'restarting' | 'exited';

export type Health = 'starting' | 'healthy' | 'unhealthy';

/** What a container is, apart from what happens to it. */
export interface Description {
  name: string;
  image: string;
  labels: Readonly<Record<string, string>>;
  /** Bytes; 0 for no limit of its own. */
  memoryLimit: number;
  /** Processors; 0 for no limit. */
  cpuLimit: number;
  /** Docker networks it is attached to, one interface each: none for `host` and `none`. */
  networks: readonly string[];
  networkMode: string;
  restartPolicy: 'no' | 'on-failure' | 'always' | 'unless-stopped';
}

/** What the engine knows about a container's life. Times are Unix milliseconds, `undefined` for never. */
export interface Life {
  status: Status;
  createdAt: number;
  startedAt?: number | undefined;
  finishedAt?: number | undefined;
  pausedAt?: number | undefined;
  /** Milliseconds spent frozen since the start; counters stand still meanwhile. */
  pausedFor: number;
  exitCode: number;
  outOfMemory: boolean;
  restartCount: number;
  /** Only for images with a health check. */
  health?: Health | undefined;
}

/** One container of the simulated engine. */
export interface SimulatedContainer extends Description, Life {
  readonly id: string;
  /** Counts the containers that were ever made; how much a container uses follows from it. */
  readonly serial: number;
}

/** Makes the container of a serial number: the same number always gets the same id. */
export function createContainer(serial: number, description: Description, life: Life): SimulatedContainer {
  return { id: hexadecimal(`container ${serial}`), serial, ...description, ...life };
}

/** 64 hexadecimal digits that are the same for the same text. */
export function hexadecimal(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Whether it has processes whose use of resources the engine reports. */
export function hasProcesses({ status }: SimulatedContainer): boolean {
  return status === 'running' || status === 'paused';
}

/** Seconds its processes have been at work since the start, up to `now` (Unix milliseconds). */
export function secondsAtWork({ startedAt = 0, pausedAt, pausedFor }: SimulatedContainer, now: number): number {
  return Math.max(0, (pausedAt ?? now) - startedAt - pausedFor) / 1000;
}

/** The containers of the engine, found by id, 12-character id or name. */
export interface ContainerStore {
  find(reference: string): SimulatedContainer | undefined;
  /** Oldest first. */
  all(): SimulatedContainer[];
  /** Throws when the name is taken. */
  add(container: SimulatedContainer): void;
  /** Throws when the name is taken. */
  rename(container: SimulatedContainer, name: string): void;
  remove(container: SimulatedContainer): void;
}

export function createStore(initial: readonly SimulatedContainer[]): ContainerStore {
  const containers = new Set<SimulatedContainer>();
  const byReference = new Map<string, SimulatedContainer>();

  function claim(name: string, container: SimulatedContainer): void {
    if (byReference.has(name)) throw new Error(`The container name "/${name}" is already in use`);
    byReference.set(name, container);
  }

  function add(container: SimulatedContainer): void {
    claim(container.name, container);
    byReference.set(container.id, container).set(container.id.slice(0, 12), container);
    containers.add(container);
  }

  for (const container of initial) add(container);

  return {
    find: (reference) => byReference.get(reference),
    all: () => [...containers],
    add,
    rename(container, name) {
      claim(name, container);
      byReference.delete(container.name);
      container.name = name;
    },
    remove(container) {
      containers.delete(container);
      for (const key of [container.id, container.id.slice(0, 12), container.name]) byReference.delete(key);
    },
  };
}
