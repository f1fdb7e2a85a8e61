import { createControls } from './controls.ts';
import type { ContainerControls } from './controls.ts';
import { createEngine } from './engine.ts';
import { createEventLog } from './events.ts';
import { engineProfile } from './profile.ts';
import type { EngineKind } from './profile.ts';
import { startServer } from './server.ts';
import type { ServerOptions, SimulatorServer } from './server.ts';
import { createStore } from './store.ts';
import { createPopulation } from './population.ts';

export interface SimulatorOptions extends ServerOptions {
  /** How many containers the host has at first, 10 by default. */
  containers?: number;
  /** All of them run; otherwise some are paused, ended, crashing or not yet started. */
  allRunning?: boolean;
  /** `docker-cgroup2` by default. */
  engine?: EngineKind;
  /** Unix milliseconds; every time and counter follows from it. */
  clock?: () => number;
}

export interface Simulator extends SimulatorServer {
  readonly containers: ContainerControls;
}

const FORTY_DAYS = 40 * 86_400_000;

/**
 * Starts a simulated engine with a population of containers that looks like a small real host and is the same each time.
 * It answers as Docker 27 does, as Docker 20.10 when `ticking`, or as Podman 4.3, which cannot tick.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { containers = 10, allRunning = false, engine: kind = 'docker-cgroup2', clock = Date.now } = options;
  const { ticking = false } = options;
  if (ticking && kind === 'podman') throw new Error('A simulated Podman cannot tick: only Docker does');

  const now = clock();
  const events = createEventLog(clock);
  const store = createStore(createPopulation(containers, now, allRunning));
  const profile = engineProfile(kind, ticking, now - FORTY_DAYS);
  const server = await startServer(createEngine(profile, store, events, clock), options);
  return { ...server, containers: createControls(store, events, clock, containers) };
}
