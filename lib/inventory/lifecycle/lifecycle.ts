import type { EngineEvent } from '../../docker/events.ts';
import { isContainerId } from '../container-list.ts';
import { type KnownContainer, composeOf, describedBy, isHarmless } from '../containers.ts';
import { type Inspection, neverInspected } from '../inspection.ts';
import type { Inventory } from '../inventory.ts';
import { type LifecycleChange, type LifecycleCounts, changed, noCounts } from './counts.ts';
import { type EventCount, createEventCounts } from './event-counts.ts';
import { type Ending, isUncertain, reasonOf } from './exits.ts';
import { type RecentEvent, maxRecentEvents, withEvent, withReason } from './recent-events.ts';
import { hasRun, missedBetween } from './repair.ts';
import { type LifecycleSum, createLifecycleSums } from './sums.ts';

/** What filters go by, and what sums are made by. */
type Described = Pick<KnownContainer, 'name' | 'image' | 'labels'>;

export interface LifecycleOptions {
  readonly inventory: Pick<Inventory, 'containers' | 'listen' | 'coverage' | 'isListed'>;
  /** Whether the filters let a container through; what happens to others counts nowhere. */
  readonly isWanted: (container: Described) => boolean;
  /** How many combinations of project, service and image are told apart. */
  readonly maxSums: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What happened to one container since it is known. */
export interface ContainerLifecycle extends LifecycleCounts {
  /** Unix seconds at which its counts began with 0. */
  readonly countedSince: number;
  /** Its last events, newest last. */
  readonly recentEvents: readonly RecentEvent[];
}

/** What happened on the engine since the exporter started. */
export interface LifecycleTotals {
  readonly sums: readonly LifecycleSum[];
  readonly events: readonly EventCount[];
  /** How often events may have been missed. */
  readonly gaps: number;
  /** The last events of all containers, newest last. */
  readonly recentEvents: readonly RecentEvent[];
}

/**
 * Counts what happens to containers, from the engine's events. Where some may have been missed, or none come at all,
 * it counts what the inspections before and after prove.
 */
export interface Lifecycle {
  /** Compares inspections where events don't suffice. To be called when those of a snapshot are there. */
  reconcile(): void;
  get(id: string): ContainerLifecycle;
  totals(): LifecycleTotals;
}

/** An end whose reason is not certain yet: a `stop` or `oom` event may follow, or an inspection say more. */
interface OpenEnding extends Ending {
  readonly seconds: number;
  readonly event: RecentEvent;
}

/** A run, as far as its events are known. */
interface Run {
  /** Unix seconds; undefined where no event told it. */
  readonly startedAt: number | undefined;
  readonly signals: Set<number>;
  isStopped: boolean;
  isOutOfMemory: boolean;
}

/** What is kept of a container as long as it exists. */
interface Life {
  described: Described;
  lifecycle: ContainerLifecycle;
  /** The current run, or what came after the last one. */
  run: Run;
  isRunning: boolean;
  ending: OpenEnding | undefined;
  /** The last inspection that was looked at, and what was counted since then. */
  inspection: Inspection | undefined;
  counted: { starts: number; exits: number };
  lastStartAt: number;
  /** Whether the next inspection has to be compared with that one. */
  mustCompare: boolean;
  /** Unix seconds up to which a comparison counted everything: events of before come too late. */
  repairedTo: number | undefined;
  isShown: boolean;
  isGone: boolean;
}

export function createLifecycle({ inventory, isWanted, maxSums, now }: LifecycleOptions): Lifecycle {
  const { containers } = inventory;
  const lives = new Map<string, Life>();
  const beganAt = now() / 1000;
  const sums = createLifecycleSums(maxSums);
  const events = createEventCounts();
  let recentEvents: readonly RecentEvent[] = [];
  let gaps = 0;
  /** Whether all containers of the first look are known: one that appears later is new. */
  let hasBegun = false;
  let mustCompareNew = false;

  const begin = (id: string, described: Described, countedSince: number, inspection?: Inspection): Life => {
    const life: Life = {
      described,
      lifecycle: { ...noCounts, countedSince, recentEvents: [] },
      run: newRun(),
      isRunning: false,
      ending: undefined,
      inspection,
      counted: { starts: 0, exits: 0 },
      lastStartAt: 0,
      mustCompare: false,
      repairedTo: undefined,
      isShown: false,
      isGone: false,
    };
    lives.set(id, life);
    return life;
  };

  /** One that no event told of: it was there at the beginning, or came in a gap. */
  const beginUnannounced = (container: KnownContainer): Life => {
    const countedSince = hasBegun ? now() / 1000 : beganAt;
    const life = begin(container.id, container, countedSince, mustCompareNew ? neverInspected : undefined);
    life.mustCompare = mustCompareNew;
    return life;
  };

  const count = (life: Life, change: LifecycleChange): void => {
    const { image, labels } = life.described;
    life.lifecycle = { ...life.lifecycle, ...changed(life.lifecycle, change) };
    sums.add({ image, ...composeOf(labels) }, change);
  };

  const note = (life: Life, event: RecentEvent): void => {
    recentEvents = withEvent(recentEvents, event, maxRecentEvents.overall);
    const own = withEvent(life.lifecycle.recentEvents, event, maxRecentEvents.container);
    life.lifecycle = { ...life.lifecycle, recentEvents: own };
  };

  /** Counts an end with the reason that is known by now. */
  const settle = (life: Life, ending: OpenEnding): void => {
    const reason = reasonOf(ending);
    life.ending = undefined;
    count(life, { kind: 'exit', reason, seconds: ending.seconds });
    recentEvents = withReason(recentEvents, ending.event, reason);
    const own = withReason(life.lifecycle.recentEvents, ending.event, reason);
    life.lifecycle = { ...life.lifecycle, recentEvents: own };
  };

  /** Keeps what is known of a run up to date. */
  const follow = (life: Life, { action, attributes, timeNano }: EngineEvent): void => {
    if (action === 'start') life.run = newRun(timeNano / 1e9);
    else if (action === 'kill') life.run.signals.add(Number(attributes['signal']));
    else if (action === 'stop') life.run.isStopped = life.isRunning;
    else if (action === 'oom') life.run.isOutOfMemory = true;
    else if (action === 'die') life.run = newRun();
    if (action === 'start' || action === 'die') life.isRunning = action === 'start';
  };

  /** Seconds: from the start's event, else from an inspection of the run, else as the engine says, in whole seconds. */
  const lengthOf = (life: Life, { id, attributes, timeNano }: EngineEvent): number => {
    const inspection = containers.get(id)?.inspection;
    const startedAt =
      life.run.startedAt ?? (inspection !== undefined && hasRun(inspection) ? inspection.startedAt : undefined);
    const seconds = startedAt === undefined ? Number(attributes['execDuration'] ?? 0) : timeNano / 1e9 - startedAt;
    return seconds > 0 ? seconds : 0;
  };

  const track = (life: Life, event: EngineEvent): void => {
    const { action, attributes, timeNano } = event;
    const recent = recentEventOf(event, life.described.name);
    const { ending, run } = life;
    if (ending !== undefined && action === 'stop') settle(life, { ...ending, isStopped: true });
    else if (ending !== undefined && action === 'oom') settle(life, { ...ending, isOutOfMemory: true });
    else if (ending !== undefined && (action === 'start' || action === 'destroy')) settle(life, ending);
    if (action === 'start') {
      count(life, { kind: 'start' });
      life.counted.starts += 1;
      life.lastStartAt = timeNano / 1e9;
    } else if (action === 'oom') {
      count(life, { kind: 'oom' });
    }
    note(life, recent);
    if (action !== 'die') {
      follow(life, event);
      return;
    }
    const seconds = lengthOf(life, event);
    const exitCode = attributes['exitCode'] === undefined ? undefined : Number(attributes['exitCode']);
    const next = { ...run, exitCode, seconds, event: recent };
    follow(life, event);
    life.counted.exits += 1;
    if (isUncertain(next)) life.ending = next;
    else settle(life, next);
  };

  /** Whether a comparison counted an event before it came. */
  const isCounted = (life: Life, { action, timeNano }: EngineEvent): boolean => {
    if (life.repairedTo === undefined || !['start', 'die', 'oom', 'kill', 'stop'].includes(action)) return false;
    if (timeNano / 1e9 <= life.repairedTo) return true;
    // What it saw just begun or just ended has its own event a moment later.
    if (action === (life.isRunning ? 'start' : 'die')) return true;
    if (action === 'start' || action === 'die') life.repairedTo = undefined;
    return false;
  };

  /** Counts what happened to a container since its last inspection, and was in no event. */
  const compare = (life: Life, { inspection, isStale }: KnownContainer): void => {
    if (inspection === undefined || inspection === life.inspection) return;
    const before = life.inspection;
    if (before === undefined) {
      life.isRunning = hasRun(inspection);
    } else if (life.mustCompare && isWanted(life.described)) {
      const missed = missedBetween(before, inspection, { ...life.counted, lastStartAt: life.lastStartAt });
      if (life.ending !== undefined && missed.starts > 0) settle(life, life.ending);
      for (let start = 0; start < missed.starts; start += 1) count(life, { kind: 'start' });
      for (const exit of missed.exits) {
        count(life, { kind: 'exit', ...exit });
        if (exit.reason === 'oom_killed' && !life.run.isOutOfMemory) count(life, { kind: 'oom' });
      }
      if (missed.starts + missed.exits.length > 0) {
        life.isRunning = hasRun(inspection);
        life.run = newRun(inspection.startedAt);
        life.repairedTo = (life.isRunning ? inspection.startedAt : inspection.finishedAt) ?? 0;
      }
    }
    const { ending } = life;
    if (ending !== undefined && !hasRun(inspection)) {
      settle(life, { ...ending, isOutOfMemory: ending.isOutOfMemory || inspection.oomKilled === true });
    }
    life.inspection = inspection;
    life.counted = { starts: 0, exits: 0 };
    life.mustCompare &&= isStale;
  };

  /** A container that is not there any more; the events that say so may still come, so it stays for one look more. */
  const leave = (id: string, life: Life): void => {
    if (life.isGone) {
      if (life.ending !== undefined) settle(life, life.ending);
      lives.delete(id);
      return;
    }
    life.isGone = true;
    if (!life.mustCompare || !life.isRunning || !isWanted(life.described)) return;
    count(life, { kind: 'exit', reason: 'stopped', seconds: 0 });
    life.isRunning = false;
    life.repairedTo = Number.POSITIVE_INFINITY;
  };

  const compareAll = (): void => {
    mustCompareNew = hasBegun;
    for (const life of lives.values()) life.mustCompare = true;
  };

  /** What an event is about, as far as it is a container. */
  const subjectOf = (event: EngineEvent): Described | undefined => {
    if (event.type !== 'container') return containers.get(event.attributes['container'] ?? '');
    return isContainerId(event.id) ? describedBy(event) : undefined;
  };

  inventory.listen({
    onPast: (event) => {
      const described = subjectOf(event);
      if (event.type !== 'container' || described === undefined || isHarmless(event.action)) return;
      if (event.action === 'destroy') lives.delete(event.id);
      else follow(lives.get(event.id) ?? begin(event.id, described, beganAt), event);
    },
    onEvent: (event) => {
      const { type, action, id, timeNano } = event;
      const described = subjectOf(event);
      if (described !== undefined && !isWanted(described)) {
        if (type === 'container' && action === 'destroy') lives.delete(id);
        return;
      }
      events.add(event);
      if (type !== 'container' || described === undefined || isHarmless(action)) return;
      const inspection = action === 'create' ? neverInspected : undefined;
      const life = lives.get(id) ?? begin(id, described, timeNano / 1e9, inspection);
      life.described = described;
      if (!isCounted(life, event)) track(life, event);
      if (action === 'destroy') lives.delete(id);
    },
    onGap: () => {
      gaps += 1;
      compareAll();
    },
    onBlind: compareAll,
  });

  return {
    reconcile: () => {
      for (const container of containers.all()) {
        const { id, inspection } = container;
        const life = lives.get(id) ?? beginUnannounced(container);
        life.isGone = false;
        life.described = container;
        compare(life, container);
        if (life.isShown || inspection === undefined || !isWanted(container)) continue;
        life.isShown = true;
        sums.add({ image: container.image, ...composeOf(container.labels) });
      }
      for (const [id, life] of lives) if (containers.get(id) === undefined) leave(id, life);
      if (!inventory.isListed()) return;
      hasBegun = true;
      mustCompareNew = false;
    },
    get: (id) => lives.get(id)?.lifecycle ?? { ...noCounts, countedSince: now() / 1000, recentEvents: [] },
    totals: () => ({ sums: sums.all(), events: events.all(), gaps, recentEvents }),
  };
}

function newRun(startedAt?: number): Run {
  return { startedAt, signals: new Set(), isStopped: false, isOutOfMemory: false };
}

function recentEventOf({ action, id, attributes, timeNano }: EngineEvent, containerName: string): RecentEvent {
  const numberIn = (key: string): number | undefined =>
    attributes[key] === undefined ? undefined : Number(attributes[key]);
  return {
    at: timeNano / 1e9,
    containerId: id,
    containerName,
    action,
    exitCode: action === 'die' ? numberIn('exitCode') : undefined,
    reason: undefined,
    signal: action === 'kill' ? numberIn('signal') : undefined,
  };
}
