/** How hard a container works on average. Its counters follow from this and the seconds since its start, nothing else. */
export interface Load {
  /** Processors used. */
  processors: number;
  /** Share of CPU periods in which its CPU limit stopped it, 0 to 1. */
  throttled: number;
  /** Bytes of memory used. */
  memory: number;
  /** Share of the memory that is page cache, 0 to 1. */
  cached: number;
  /** Bytes a second over all interfaces. */
  received: number;
  transmitted: number;
  /** Bytes a second on disk. */
  read: number;
  written: number;
  processes: number;
  /** Radians; shifts the waves so that containers do not swing in step. */
  phase: number;
}

/** What a container has used since its start, in the engine's units: whole nanoseconds, bytes and counts. */
export interface Usage {
  cpu: number;
  cpuInKernel: number;
  periods: number;
  throttledPeriods: number;
  throttledTime: number;
  memory: number;
  cache: number;
  received: number;
  transmitted: number;
  read: number;
  written: number;
}

const PAGE = 4096;
const FULL_TURN = 2 * Math.PI;

/** The use after that many seconds of work: pure, zero at zero for every counter, and no counter ever falls. */
export function usageAfter(seconds: number, load: Load): Usage {
  const { phase } = load;
  const cpu = Math.floor(load.processors * work(seconds, 420, phase) * 1e9);
  const traffic = work(seconds, 900, phase + 1);
  const disk = work(seconds, 1500, phase + 2);
  const swing = 1 + 0.1 * wave(seconds, 1800, phase) + 0.05 * wave(seconds, 170, 2 * phase);
  const memory = Math.round((load.memory * swing) / PAGE) * PAGE;
  const periods = load.throttled > 0 ? Math.floor(seconds * 10) : 0;
  const throttledPeriods = Math.floor(periods * load.throttled);
  return {
    cpu,
    cpuInKernel: Math.floor(cpu * 0.3),
    periods,
    throttledPeriods,
    throttledTime: throttledPeriods * 31_250_000,
    memory,
    cache: Math.floor((memory * load.cached) / PAGE) * PAGE,
    received: Math.floor(load.received * traffic),
    transmitted: Math.floor(load.transmitted * traffic),
    read: Math.floor((load.read * disk) / PAGE) * PAGE,
    written: Math.floor((load.written * disk) / PAGE) * PAGE,
  };
}

/**
 * Work done after that many seconds at a pace that swings between 0.35 and 1.65 around 1:
 * the integral of `1 + 0.4 wave(slow) + 0.25 wave(quick)`, so it rises always.
 */
function work(seconds: number, period: number, phase: number): number {
  const quick = period / 7;
  return seconds + 0.4 * integral(seconds, period, phase) + 0.25 * integral(seconds, quick, phase);
}

function wave(seconds: number, period: number, phase: number): number {
  return Math.sin((FULL_TURN * seconds) / period + phase);
}

function integral(seconds: number, period: number, phase: number): number {
  const pace = FULL_TURN / period;
  return (Math.cos(phase) - Math.cos(pace * seconds + phase)) / pace;
}
