import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import type { EngineInfo } from '../docker/api.ts';
import { type CallRecorder, type ErrorTotals, createCallRecorder } from '../docker/call-recorder.ts';
import type { CallLimits, DockerClient } from '../docker/client.ts';
import { type Engine, type EngineIdentity, unknownEngine } from '../docker/engine.ts';
import { isForbidden } from '../docker/errors.ts';
import { messageOf } from '../error-message.ts';
import type { MemoryShare } from '../memory-budget.ts';
import type { EngineAnswer, Inventory, InventoryCalls } from '../inventory/inventory.ts';
import type { DiskCollector } from './disk-collector.ts';
import { type EngineClock, createEngineClock } from '../inventory/engine-clock.ts';
import { type Lifecycle, createLifecycle } from '../inventory/lifecycle/lifecycle.ts';
import { collectContainers, sampleKnown, wantedContainers } from './containers.ts';
import { containerFacts } from './container-facts.ts';
import { type CounterStarts, createCounterStarts } from './counter-starts.ts';
import { type Doubts, type Unmeasured, createDoubts } from './doubts.ts';
import type { Capability, Collector, ContainerFacts, ResourceFacts, Snapshot } from './facts.ts';
import { dedupeSharedNetworks } from './shared-networks.ts';
import { inTime } from './in-time.ts';
import { systemFacts } from './system.ts';
import { truncatedLabels } from './truncated-labels.ts';

export interface CollectorOptions {
  readonly client: DockerClient;
  readonly inventory: Inventory;
  /** Undefined where disk usage is not measured. */
  readonly disk?: DiskCollector | undefined;
  readonly collectors: Readonly<Record<Collector, boolean>>;
  /** Whether what several containers' network counts is shown once or at each. */
  readonly sharedNetwork: 'once' | 'each';
  /** How many calls may make the engine work at once. */
  readonly maxConcurrent: number;
  /**
   * How many stats calls may wait at once for the next sampling pass of an engine that takes one a second. Where it is
   * maxConcurrent, the two are one limit for all calls.
   */
  readonly maxWaiting: number;
  /** What is kept of lifecycles is charged to it. */
  readonly share: MemoryShare;
  /** Characters to which texts of the engine were cut. */
  readonly maxLabelLength: number;
  /** How many combinations of compose project, service and image are told apart in sums over containers. */
  readonly maxLifecycleSums: number;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Milliseconds of a clock that nobody sets; that of performance.now() if left out. */
  readonly steadyNow?: (() => number) | undefined;
}

/** A snapshot that is being taken. */
export interface SnapshotCollection {
  /** Resolves when all is there, or given up. Never rejects. */
  readonly finished: Promise<void>;
  /** What is there so far; what is still missing is counted as errors, once. */
  partial(): Snapshot;
  /** When the engine answered a call last, or when it began; by the clock of performance.now(). */
  lastAnswerAt(): number;
  /** Somebody waits for it who has that many milliseconds: its calls may take as long as that allows, if they may not yet. */
  allow(budget: number): void;
  /** Gives up what is still missing. */
  cancel(): void;
}

/** Begins a snapshot whose calls may take as long as the budget allows, in milliseconds. */
export type CollectSnapshot = (budget: number) => SnapshotCollection;

/** What a collector keeps from one snapshot to the next. */
interface CollectorState {
  readonly options: CollectorOptions;
  readonly clock: EngineClock;
  /** Bounds the calls that make the engine work. */
  readonly requestLimit: LimitFunction;
  /** Bounds those about single containers among them, so that they leave room for what is asked beside them. */
  readonly containerLimit: LimitFunction;
  /** Bounds the stats calls of an engine that samples once a second. */
  readonly waitingLimit: LimitFunction;
  /** Containers that have not answered when they were asked; they are asked last, so that they hold up no others. */
  readonly slow: Set<string>;
  readonly doubts: Doubts;
  readonly counterStarts: CounterStarts;
  readonly totals: ErrorTotals;
  readonly capabilities: Set<Capability>;
  readonly lifecycle: Lifecycle;
  engine: Engine;
}

/** One snapshot while it is taken. */
export interface Collection {
  readonly state: CollectorState;
  /** Unix milliseconds. */
  readonly takenAt: number;
  /** The same moment by the steady clock. */
  readonly begunAt: number;
  readonly calls: InventoryCalls;
  readonly recorder: CallRecorder;
  /** Of the calls that begin now. */
  limits: CallLimits;
  readonly resources: Map<string, ResourceFacts>;
  /** Stats calls that were made, by container: why they brought no figures. */
  readonly samples: Map<string, Promise<Unmeasured | undefined>>;
  /** Seconds that each collector took; none while it is at work. */
  readonly elapsed: Partial<Record<Collector, number>>;
  info: EngineInfo | undefined;
  /** Undefined while it is not decided. */
  up: boolean | undefined;
}

/** Milliseconds that the rest waits for /info. An engine whose /info is slow is asked for the lists. */
const infoPatienceMs = 1_000;

/** Makes a collector for one engine. */
export function createCollector(options: CollectorOptions): CollectSnapshot {
  const requestLimit = pLimit(options.maxConcurrent);
  const clock = createEngineClock();
  const state: CollectorState = {
    options,
    clock,
    requestLimit,
    containerLimit: pLimit(options.maxConcurrent),
    waitingLimit: options.maxWaiting === options.maxConcurrent ? requestLimit : pLimit(options.maxWaiting),
    slow: new Set(),
    doubts: createDoubts(),
    counterStarts: createCounterStarts(),
    totals: { container: 0, system: 0, disk: 0 },
    capabilities: new Set(),
    lifecycle: createLifecycle({
      inventory: options.inventory,
      share: options.share,
      maxSums: options.maxLifecycleSums,
      now: options.now,
      clock,
    }),
    engine: unknownEngine,
  };
  return (budget) => {
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const collection = beginCollection(state, { milliseconds: callTimeoutMs(budget), signal: controller.signal });
    return {
      // A fault of the program is counted, logged, and over with this snapshot.
      finished: collect(collection).catch((error: unknown) =>
        collection.recorder.recordProblem('system', 'collection', messageOf(error)),
      ),
      partial: () => snapshotOf(collection),
      lastAnswerAt: collection.recorder.lastAnswerAt,
      allow: (more) => {
        const milliseconds = Math.max(collection.limits.milliseconds, callTimeoutMs(more));
        collection.limits = { ...collection.limits, milliseconds };
      },
      cancel: () => controller.abort(),
    };
  };
}

/**
 * Half the budget for a call: when some calls hang, there is time left for those that waited behind them. But not
 * less than an engine that samples once a second may need, that second and a moment of load.
 */
function callTimeoutMs(budget: number): number {
  return Math.max(budget / 2, Math.min(budget, 2_500));
}

function beginCollection(state: CollectorState, limits: CallLimits): Collection {
  const { options, requestLimit, totals } = state;
  const recorder = createCallRecorder(totals);
  const attempt: InventoryCalls['attempt'] = (call) => requestLimit(() => inTime(collection, call));
  const collection: Collection = {
    state,
    takenAt: options.now(),
    begunAt: steadyTime(options),
    calls: {
      record: (collector, subject, call) => recorder.record(collector, subject, () => attempt(call)),
      attempt,
      recordProblem: recorder.recordProblem,
    },
    recorder,
    limits,
    resources: new Map(),
    samples: new Map(),
    elapsed: {},
    info: undefined,
    up: undefined,
  };
  return collection;
}

/**
 * Who is there, what there is, and what each container uses. What the known ones use is asked for at once: it holds
 * whatever turns out to have happened before.
 */
async function collect(collection: Collection): Promise<void> {
  const { state, recorder, calls } = collection;
  const { client, inventory, collectors } = state.options;
  shareRequests(state, 1);
  const identified = identify(collection);
  if (collectors.container) sampleKnown(collection);
  const { answer, info } = await identified;
  const { counted } = await inventory.update(answer, calls);
  shareRequests(state, 0);
  await Promise.all([
    Promise.all([info, counted]).then(() => finish(collection, 'system')),
    collectors.container ? collectKnown(collection).then(() => finish(collection, 'container')) : undefined,
  ]);
  if (state.lifecycle.reconcile() > 0) {
    recorder.recordProblem('container', 'events', 'events are not counted: there is no memory for more containers');
  }
  collection.up = engineAnswers(collection);
  // A connection that broke half-way: only another call says whether the daemon is still there. A proxy may forbid that one.
  if (collection.up && recorder.connectionFailed()) {
    collection.up = await calls.attempt(client.ping).then(() => true, isForbidden);
  }
}

/** Where no engine answers, nothing more is asked about containers than was begun. */
async function collectKnown(collection: Collection): Promise<void> {
  if (engineAnswers(collection)) await collectContainers(collection);
  else await Promise.all(collection.samples.values());
}

/** Whether an engine answered anything so far as the API promises: a status alone may be anybody's. */
export function engineAnswers({ up, recorder, resources }: Collection): boolean {
  return up ?? (recorder.anyAnswered() || resources.size > 0);
}

/**
 * Sets how many calls may be made at once, and how many of them are not about containers. The stream of events is one too.
 */
function shareRequests({ options, requestLimit, containerLimit }: CollectorState, reserved: number): void {
  const free = options.maxConcurrent - (options.inventory.isStreaming() ? 1 : 0);
  requestLimit.concurrency = Math.max(1, free);
  containerLimit.concurrency = Math.max(1, free - reserved);
}

function finish(collection: Collection, collector: Collector): void {
  collection.elapsed[collector] = secondsSoFar(collection);
}

function secondsSoFar({ begunAt, state }: Collection): number {
  return (steadyTime(state.options) - begunAt) / 1000;
}

function steadyTime({ steadyNow = () => performance.now() }: CollectorOptions): number {
  return steadyNow();
}

/** Asks /info, and where that fails or is slow, a ping; `info` resolves when /info is there or given up. */
async function identify(collection: Collection): Promise<{ answer: EngineAnswer; info: Promise<unknown> }> {
  const { state, calls } = collection;
  const { client } = state.options;
  const asked = calls.record('system', 'info', async (limits) => {
    const answered = await compareClocks(state, () => client.info(limits));
    collection.info = answered.answer;
    return answered;
  });
  const early = await Promise.race([asked, sleep(infoPatienceMs, undefined, { ref: false })]);
  const identity = early?.ok === true ? early.value : await ping(collection);
  if (identity === undefined) return { answer: {}, info: asked };
  const { engine, clock } = identity;
  if (engine.apiVersion !== state.engine.apiVersion || engine.product !== state.engine.product)
    state.capabilities.clear();
  state.engine = engine;
  collection.up = true;
  return { answer: { engine, clock, info: collection.info }, info: asked };
}

/** Makes a call whose answer tells the engine's time. */
async function compareClocks<Answer extends EngineIdentity>(
  { options: { now }, clock }: CollectorState,
  call: () => Promise<Answer>,
): Promise<Answer> {
  const askedAt = now();
  const answer = await call();
  if (answer.clock !== undefined) clock.compare(Number(answer.clock), askedAt / 1000, now() / 1000);
  return answer;
}

/** Undefined where no engine answers. A proxy may forbid the ping alone, and still be there. */
async function ping({ state, calls }: Collection): Promise<EngineIdentity | undefined> {
  const { client } = state.options;
  try {
    return await calls.attempt((limits) => compareClocks(state, () => client.identify(limits)));
  } catch {
    return undefined;
  }
}

function allContainers(collection: Collection): readonly ContainerFacts[] {
  const { inventory, sharedNetwork } = collection.state.options;
  const containers = wantedContainers(collection).map((each) => containerFacts(each, collection));
  return sharedNetwork === 'once' ? dedupeSharedNetworks(containers, inventory.containers) : containers;
}

function snapshotOf(collection: Collection): Snapshot {
  const { state, takenAt, recorder, elapsed, info } = collection;
  const up = engineAnswers(collection);
  // Counts what is missing, so before the totals are read.
  const problems = recorder.problems(up);
  const { options, totals, capabilities, lifecycle, engine } = state;
  const containers = up && options.collectors.container ? allContainers(collection) : [];
  for (const { resources } of containers) resources?.capabilities.forEach((each) => capabilities.add(each));
  const coverage = options.inventory.coverage();
  if (coverage === 'none') capabilities.delete('events');
  else if (coverage === 'complete' && up) capabilities.add('events');
  if (engine.oneShotStats) capabilities.add('one_shot_stats');
  // Docker on cgroup v2 leaves a count of zero out: the stats alone would not say so before the first hit.
  if (engine.product === 'docker' && info?.CgroupVersion === '2') capabilities.add('memory_failcnt');
  const totalLifecycle = lifecycle.totals();
  const { inventory, disk } = options;
  const scraped = (['container', 'system'] as const).filter((collector) => options.collectors[collector]);
  const system = systemFacts(info, inventory.resources);
  const soFar = secondsSoFar(collection);
  return {
    takenAt,
    up,
    engine,
    containers,
    system,
    truncatedLabels: truncatedLabels(containers, system, options.maxLabelLength),
    disk: up ? disk?.facts() : undefined,
    capabilities: new Set(capabilities),
    durations: Object.fromEntries(scraped.map((collector) => [collector, elapsed[collector] ?? soFar])),
    errors: {
      ...Object.fromEntries(scraped.map((collector) => [collector, totals[collector]])),
      ...(disk && { disk: disk.errors() }),
    },
    problems: [...problems, ...(disk?.problems() ?? [])],
    lifecycle: options.collectors.system ? totalLifecycle : { ...totalLifecycle, sums: [], events: [] },
    engineCalls: options.client.calls(),
  };
}
