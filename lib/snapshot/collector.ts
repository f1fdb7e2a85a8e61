import { setMaxListeners } from 'node:events';
import pLimit, { type LimitFunction } from 'p-limit';
import type { DockerClient } from '../docker/client.ts';
import { type Engine, unknownEngine } from '../docker/engine.ts';
import { wasAnswered } from '../docker/errors.ts';
import { createContainerEvents } from './container-events.ts';
import { type PartialContainer, type CollectorState, collectContainers, factsOf } from './containers.ts';
import type { Collector, Capability, Snapshot } from './facts.ts';
import type { Filters } from './filters.ts';
import { createInspectionCache } from './inspection-cache.ts';
import { type ErrorTotals, createCallRecorder } from './call-recorder.ts';
import { collectSystem, emptySystem } from './system.ts';

export interface CollectorOptions {
  readonly client: DockerClient;
  /** Looked up for each snapshot. */
  readonly filters: () => Filters;
  readonly collectors: Readonly<Record<Collector, boolean>>;
  /** How many calls may make the engine work at once. */
  readonly maxConcurrent: number;
  /**
   * How many stats calls may wait at once for the next sampling pass of a ticking engine. Where it is maxConcurrent,
   * the two are one limit for all calls.
   */
  readonly maxWaiting: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** A snapshot that is being taken. */
export interface SnapshotCollection {
  /** Resolves when all is there, or given up. Never rejects. */
  readonly finished: Promise<void>;
  /** What is there so far. */
  partial(): Snapshot;
  /** Counts what is still missing as errors. */
  failPending(): void;
  /** Gives up what is still missing. */
  cancel(): void;
}

/** Begins a snapshot that may take as long as the budget, in milliseconds. */
export type CollectSnapshot = (budget: number) => SnapshotCollection;

/** A taker remembers what helps the next snapshot: the engine's kind and features, error totals, slow containers. */
export function createCollector(options: CollectorOptions): CollectSnapshot {
  const working = pLimit(options.maxConcurrent);
  const waiting = options.maxWaiting === options.maxConcurrent ? working : pLimit(options.maxWaiting);
  const changes = createContainerEvents(options.client, options.now);
  const known = createInspectionCache(changes, options.now);
  const memory: CollectorState = { changes, known, slow: new Set() };
  const totals: ErrorTotals = { container: 0, system: 0 };
  const capabilities = new Set<Capability>();
  let engine: Engine = unknownEngine;

  return (budget) => {
    const { client, now } = options;
    const takenAt = now();
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const limits = { milliseconds: callTimeout(budget), signal: controller.signal };
    const ledger = createCallRecorder(totals);
    const drafts: PartialContainer[] = [];
    const system = emptySystem();
    const elapsed: Partial<Record<Collector, number>> = {};
    let up: boolean | undefined;

    /** The stream of events counts as one of the calls at once; there is no room for it when only one is allowed. */
    const listen = (): void => {
      if (options.collectors.container && options.maxConcurrent > 1) changes.listen(engine);
      working.concurrency = options.maxConcurrent - (changes.isListening() ? 1 : 0);
    };

    const ping = async (): Promise<boolean> => {
      try {
        const pinged = await client.ping(limits);
        if (pinged.apiVersion !== engine.apiVersion || pinged.product !== engine.product) capabilities.clear();
        engine = pinged;
        listen();
        return true;
      } catch (error) {
        // A proxy may forbid the ping alone.
        return wasAnswered(error);
      }
    };

    const timed = async (collector: Collector, collect: () => Promise<void>): Promise<void> => {
      if (!options.collectors[collector]) return;
      await collect();
      elapsed[collector] = (now() - takenAt) / 1000;
    };

    const take = async (): Promise<void> => {
      const pinged = working(ping);
      const statsPool: Promise<LimitFunction> = pinged.then(() => (engine.sampledStats ? waiting : working));
      await Promise.all([
        pinged,
        timed('container', () =>
          collectContainers({ client, filters: options.filters(), memory, ledger, limits, working, statsPool }, drafts),
        ),
        timed('system', () => collectSystem({ client, ledger, limits, working }, system)),
      ]);
      up = (await pinged) || ledger.anyAnswered();
      // A connection that broke half-way: only a fresh look tells whether the daemon is still there.
      if (up && ledger.connectionFailed()) up = await ping();
    };

    const partial = (): Snapshot => {
      const reachable = up ?? ledger.anyAnswered();
      const present = reachable ? drafts.filter(({ gone }) => !gone) : [];
      const containers = present.map((draft) => factsOf(draft, memory));
      for (const { resources } of containers) resources?.capabilities.forEach((feature) => capabilities.add(feature));
      if (engine.oneShotStats) capabilities.add('one_shot_stats');
      const enabled = (Object.keys(totals) as Collector[]).filter((collector) => options.collectors[collector]);
      const sofar = (now() - takenAt) / 1000;
      return {
        takenAt,
        up: reachable,
        engine,
        containers,
        system: { ...system },
        capabilities: new Set(capabilities),
        durations: Object.fromEntries(enabled.map((collector) => [collector, elapsed[collector] ?? sofar])),
        errors: Object.fromEntries(enabled.map((collector) => [collector, totals[collector]])),
        problems: [...ledger.problems],
        engineCalls: client.calls(),
      };
    };

    return { finished: take(), partial, failPending: ledger.failPending, cancel: () => controller.abort() };
  };
}

/**
 * Half the budget for a call: when some calls hang, there is time left for those that waited behind them. But not
 * less than a ticking engine may need, its one-second pass and a moment of load.
 */
function callTimeout(budget: number): number {
  return Math.max(budget / 2, Math.min(budget, 2_500));
}
