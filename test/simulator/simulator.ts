import { createStore } from './containers.ts';
import { createControls } from './controls.ts';
import type { ContainerControls } from './controls.ts';
import { createEngine } from './engine.ts';
import type { EngineKind } from './engine.ts';
import { createEventLog } from './events.ts';
import { createPopulation } from './population.ts';
import { readRecording } from './recording.ts';
import type { Recording } from './recording.ts';
import { startServer } from './server.ts';
import type { ServerOptions, SimulatorServer } from './server.ts';

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

const RECORDINGS = {
  'docker-cgroup1': 'docker-20.10-cgroup1',
  'docker-cgroup2': 'docker-20.10-cgroup2',
  podman: 'podman-4.3-cgroup1',
} as const;

/**
 * Starts a simulated engine with containers that are the same each time. It answers as Docker 27 does, as Docker 20.10
 * when `ticking`, or as Podman 4.3, which cannot tick.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { containers = 10, allRunning = false, engine: kind = 'docker-cgroup2', clock = Date.now } = options;
  const { ticking = false } = options;
  if (ticking && kind === 'podman') throw new Error('A simulated Podman cannot tick: only Docker does');

  const recording = await recordingOf(kind);
  const events = createEventLog(clock);
  const store = createStore(createPopulation(containers, clock(), allRunning));
  const server = await startServer(createEngine({ kind, ticking, recording, store, events, clock }), options);
  return { ...server, containers: createControls(store, events, clock, containers) };
}

/** Tests start hundreds of simulators: what each answers by is read once. */
const recordings = new Map<EngineKind, Promise<Recording>>();

function recordingOf(kind: EngineKind): Promise<Recording> {
  const known = recordings.get(kind);
  if (known !== undefined) return known;
  const recording = readRecording(new URL(`../fixtures/${RECORDINGS[kind]}`, import.meta.url).pathname);
  recordings.set(kind, recording);
  return recording;
}
