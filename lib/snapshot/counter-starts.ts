import type { DeviceFacts, InterfaceFacts, ResourceFacts } from './facts.ts';

/** Counters of an interface or a device. */
type Counters = InterfaceFacts | DeviceFacts;

/** When a sample was taken. */
export interface SampleTime {
  /** Unix milliseconds. */
  readonly takenAt: number;
  /** The same moment in milliseconds of a clock that nobody sets. */
  readonly begunAt: number;
}

interface LastSample extends SampleTime {
  readonly seen: ReadonlyMap<string, Counters>;
  /** What the sample before had, and this one had not: an engine may fail to read it for once. */
  readonly missed: ReadonlyMap<string, Counters>;
}

/** Finds counters that began later than their container, such as those of an interface that was connected again. */
export interface CounterStarts {
  /** The same with the start of each interface and device whose counters are new or fell since the last sample. */
  withStarts(id: string, resources: ResourceFacts, time: SampleTime): ResourceFacts;
  /** Forgets the containers that are not there any more. */
  forgetUnless(isThere: (id: string) => boolean): void;
}

/** Holds the last sample of each container. */
export function createCounterStarts(): CounterStarts {
  const samples = new Map<string, LastSample>();
  return {
    withStarts: (id, resources, { takenAt, begunAt }) => {
      const last = samples.get(id);
      // An older snapshot that took longer: its counters are smaller, but did not fall.
      if (last !== undefined && begunAt < last.begunAt) return resources;
      const seen = new Map<string, Counters>();
      const withStart = <Facts extends Counters>(facts: Facts): Facts => {
        const before = last?.seen.get(facts.name) ?? last?.missed.get(facts.name);
        const isNew = last !== undefined && (before === undefined || hasFallen(before, facts));
        const countedSince = isNew ? last.takenAt / 1000 : before?.countedSince;
        const started = countedSince === undefined ? facts : { ...facts, countedSince };
        seen.set(facts.name, started);
        return started;
      };
      const interfaces = resources.interfaces.map(withStart);
      const devices = resources.devices.map(withStart);
      const missed = new Map([...(last?.seen ?? [])].filter(([name]) => !seen.has(name)));
      samples.set(id, { takenAt, begunAt, seen, missed });
      return { ...resources, interfaces, devices };
    },
    forgetUnless: (isThere) => {
      for (const id of samples.keys()) if (!isThere(id)) samples.delete(id);
    },
  };
}

function hasFallen(before: Counters, now: Counters): boolean {
  return Object.entries(now).some(([name, value]) => {
    const previous: unknown = Reflect.get(before, name);
    return name !== 'countedSince' && typeof value === 'number' && typeof previous === 'number' && value < previous;
  });
}
