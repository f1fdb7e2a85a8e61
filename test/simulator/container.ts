import { createHash } from 'node:crypto';
import type { Load } from './usage.ts';

/** The engine's state words. `restarting` is the pause between a crash and the next try of the restart policy. */
export type Status = 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'removing' | 'dead';

export type Health = 'starting' | 'healthy' | 'unhealthy';

/** What a container is, apart from what happens to it. */
export interface Description {
  name: string;
  image: string;
  command: string;
  labels: Readonly<Record<string, string>>;
  /** Bytes; 0 for no limit of its own. */
  memoryLimit: number;
  /** Processors; 0 for no limit. */
  cpuLimit: number;
  /** Docker networks it is attached to, one interface each: none for `host` and `none`. */
  networks: readonly string[];
  networkMode: string;
  restartPolicy: 'no' | 'on-failure' | 'always' | 'unless-stopped';
  load: Load;
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

/** One container of the simulated engine. Only `lifecycle.ts` changes one. */
export interface SimulatedContainer extends Description, Life {
  readonly id: string;
  /** The process id that inspect shows while it runs. */
  readonly processId: number;
}

/** Makes the container of a serial number: the same number always gets the same id. */
export function createContainer(serial: number, description: Description, life: Life): SimulatedContainer {
  return { id: hexadecimal(`container ${serial}`), processId: 2000 + serial, ...description, ...life };
}

/** 64 hexadecimal digits that look random and are the same for the same text. */
export function hexadecimal(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Whether it has processes whose use of resources the engine reports. */
export function hasProcesses(container: SimulatedContainer): boolean {
  return container.status === 'running' || container.status === 'paused';
}

/** Whether `/containers/json` shows it without `all=1`. */
export function isListedByDefault(container: SimulatedContainer): boolean {
  return hasProcesses(container) || container.status === 'restarting';
}

/** Seconds its processes have been at work since the start, up to `now` (Unix milliseconds). */
export function secondsAtWork(container: SimulatedContainer, now: number): number {
  if (container.startedAt === undefined) return 0;
  const end = container.pausedAt ?? now;
  return Math.max(0, end - container.startedAt - container.pausedFor) / 1000;
}

/** A time as the engine writes it; Go's zero time for never. */
export function timestamp(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '0001-01-01T00:00:00Z' : new Date(milliseconds).toISOString();
}
