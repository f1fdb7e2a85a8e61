import { memoryLimit } from '../memory-limit.ts';
import type { EngineInfo } from '../docker/api.ts';
import type { Attempt, Collector } from '../docker/call-recorder.ts';
import type { CallLimits, DockerClient } from '../docker/client.ts';
import type { EngineIdentity } from '../docker/engine.ts';
import type { EngineEvent } from '../docker/events.ts';
import { unsignedNumber } from '../docker/json-values.ts';
import { createContainerListReader } from './container-list.ts';
import { type ContainerRegistry, type StateCounts, createContainerRegistry } from './containers.ts';
import { type EventCoverage, createEventFeed } from './event-feed.ts';
import { createPatientCall } from './patient-call.ts';
import { type ResourceCounts, createResourceCounts } from './resource-counts.ts';

export interface InventoryOptions {
  readonly client: DockerClient;
  /** What has to be known: containers, and the counts of images, volumes and networks. */
  readonly collectors: Readonly<Record<Collector, boolean>>;
  /** Whether a stream of events may take up a connection. */
  readonly stream: boolean;
  /** How many containers are known at most; by the memory limit if left out. */
  readonly maxContainers?: number | undefined;
}

/** How the inventory asks the engine during one scrape. */
export interface InventoryCalls {
  /** A call that is bounded, and recorded under a collector and a subject. Never rejects. */
  record<T>(collector: Collector, subject: string, call: (limits: CallLimits) => Promise<T>): Promise<Attempt<T>>;
  /** A call that is bounded but whose failure is no error. */
  attempt<T>(call: (limits: CallLimits) => Promise<T>): Promise<T>;
  recordProblem(collector: Collector, subject: string, message: string): void;
}

/** Who answered a scrape, and what it said in /info; undefined where that is not known. */
export type EngineAnswer = Partial<EngineIdentity> & { readonly info?: EngineInfo | undefined };

/** What to do with events. It is called before the inventory takes the event in, so what was known is still there. */
export interface EventListener {
  /** An event of before the first scrape, as far as the engine remembers them. */
  onPast?(event: EngineEvent): void;
  /** Each event that came since the first scrape, once, in the engine's order. */
  onEvent(event: EngineEvent): void;
  /** Events may have been missed between the last one and the next. */
  onGap(): void;
  /** No events tell of the time since the last update. */
  onBlind?(): void;
}

/**
 * What exists on an engine, kept by its events. Lists are looks that repair what events can't tell: they are asked for
 * where events may have been missed, where /info counts otherwise, and now and then in any case.
 * A list spares no inspection, however many containers were touched: it has neither start times nor exit codes, nor
 * counts of restarts.
 */
export interface Inventory {
  readonly containers: ContainerRegistry;
  readonly resources: Pick<ResourceCounts, 'get'>;
  /**
   * Brings it up to date with all that ended before the engine answered; the images, volumes and networks when `counted`
   * resolves. Neither rejects.
   */
  update(answer: EngineAnswer, calls: InventoryCalls): Promise<{ readonly counted: Promise<void> }>;
  /** Whether the stream of events takes up a connection. */
  isStreaming(): boolean;
  /** Of the events up to the last update. */
  coverage(): EventCoverage;
  /** Whether all containers are known: no list is due that could show another one. */
  isListed(): boolean;
  /** Listens until the process ends. */
  listen(listener: EventListener): void;
}

const mebibyte = 2 ** 20;

/**
 * How many containers the memory limit has room for: beside the program itself 64 KiB for each. That is what the sizes
 * of deploy/README.md come to. Without a limit it is more than any host has.
 */
export function maxContainersWithin(memory: number | undefined = memoryLimit()): number {
  if (memory === undefined) return 100_000;
  return Math.max(100, Math.floor((memory - 48 * mebibyte) / (mebibyte / 16)));
}

/** Of the time, what looks may take that nothing but caution asks for. */
const maxLookShare = 0.01;

export function createInventory({
  client,
  collectors,
  stream,
  maxContainers = maxContainersWithin(),
}: InventoryOptions): Inventory {
  const containers = createContainerRegistry(maxContainers);
  const resources = createResourceCounts();
  const listeners: EventListener[] = [];
  let mustList = true;
  /** How often events may have been missed. */
  let losses = 0;
  let leftOut = 0;
  let coverage: EventCoverage = 'late';
  /** The engine's clock when it answered last, in Unix seconds. */
  let engineTime = 0;
  /** By the clock of performance.now(), which nobody sets. */
  let lookedAt = Number.NEGATIVE_INFINITY;
  let lookMs = 0;
  /** By how much /info counted otherwise right after the last look: some engines count in their own way. */
  let usualDifference = '';

  const forgetAll = (): void => {
    mustList = true;
    losses += 1;
    containers.touchAll();
    resources.invalidateAll();
  };

  const feed = createEventFeed({
    client,
    stream,
    onPast: (event) => {
      for (const listener of listeners) listener.onPast?.(event);
    },
    onEvent: (event) => {
      for (const listener of listeners) listener.onEvent(event);
      containers.apply(event);
      resources.apply(event);
    },
    onGap: () => {
      for (const listener of listeners) listener.onGap();
      forgetAll();
    },
    onHint: (event) => {
      mustList = true;
      containers.touch(event.id);
      resources.apply(event);
    },
  });

  const catchUp = async ({ engine, clock }: EngineAnswer, calls: InventoryCalls): Promise<EventCoverage> => {
    // An engine that does not answer may tell them later.
    if (engine === undefined) return coverage === 'none' ? 'none' : 'late';
    // Podman's events have other names and lack some of these.
    if (engine.product !== 'docker' || clock === undefined) return 'none';
    return feed.catchUp(clock, (call) => calls.attempt(call));
  };

  const askForList = createPatientCall('/containers/json', async (limits) => {
    const [askedAt, askedAtEngine, lossesBefore, begun] = [containers.now(), engineTime, losses, performance.now()];
    const reader = createContainerListReader((id) => containers.get(id) !== undefined, maxContainers);
    await client.listContainers(limits, reader.read);
    return { list: reader.list(), askedAt, askedAtEngine, lossesBefore, elapsedMs: performance.now() - begun };
  });

  /** Returns how long the engine took for it; 0 where it failed. */
  const listContainers = async (calls: InventoryCalls): Promise<number> => {
    mustList = false;
    const listed = await calls.record('container', 'list', askForList);
    if (!listed.ok) {
      mustList = true;
      return 0;
    }
    const { list, askedAt, askedAtEngine, lossesBefore, elapsedMs } = listed.value;
    // An earlier scrape may have asked for it.
    if (losses > lossesBefore) mustList = true;
    if (list.unusable > 0) {
      const elements = `${list.unusable} elements without an id of their own`;
      calls.recordProblem('container', 'list', `GET /containers/json: ${elements}`);
    }
    leftOut = list.leftOut + containers.setList(list, askedAt, askedAtEngine);
    return elapsedMs;
  };

  /** Asks for what has to be known: the list of containers, and what is counted, which nothing else waits for. */
  const look = (calls: InventoryCalls): { listed: Promise<number> | undefined; counted: Promise<void> } => {
    const begun = performance.now();
    const isWhole = mustList;
    const listed = collectors.container && mustList ? listContainers(calls) : undefined;
    const outdated = collectors.system ? resources.outdated() : [];
    const counts = outdated.map((endpoint) =>
      calls.record('system', endpoint, (limits) => resources.refresh(endpoint, () => client.count(endpoint, limits))),
    );
    const finish = async (): Promise<void> => {
      const [elapsedMs = 0] = await Promise.all([listed, ...counts]);
      if (!isWhole) return;
      lookedAt = performance.now();
      lookMs = Math.max(elapsedMs, lookedAt - begun);
    };
    return { listed, counted: finish() };
  };

  return {
    containers,
    resources,
    isStreaming: feed.isStreaming,
    coverage: () => coverage,
    isListed: () => !mustList,
    listen: (listener) => void listeners.push(listener),
    update: async (answer, calls) => {
      const before = coverage;
      engineTime = Number(answer.clock ?? 0);
      coverage = await catchUp(answer, calls);
      if (coverage === 'none' || before === 'none') for (const listener of listeners) listener.onBlind?.();
      const { info } = answer;
      if (coverage !== 'complete') forgetAll();
      if (info !== undefined) resources.compareImages(info);
      const difference = info === undefined ? undefined : differenceOf(info, containers.counts());
      if (difference === undefined || (difference !== '' && difference !== usualDifference)) mustList = true;
      if (leftOut > 0 && containers.size() < maxContainers) mustList = true;
      if (performance.now() - lookedAt >= lookMs / maxLookShare) {
        mustList = true;
        resources.invalidateAll();
      }
      const isWhole = mustList;
      const { listed, counted } = look(calls);
      await listed;
      if (isWhole && info !== undefined) usualDifference = differenceOf(info, containers.counts());
      if (leftOut > 0) {
        const room = `the memory limit has room for ${maxContainers}`;
        calls.recordProblem('container', 'list', `${leftOut} containers are left out: ${room}`);
      }
      return { counted };
    },
  };
}

/** In which states /info counts more or fewer containers than are known; empty where it agrees. */
function differenceOf(info: EngineInfo, { running, paused, stopped }: StateCounts): string {
  const differences = [
    (unsignedNumber(info.ContainersRunning) ?? running) - running,
    (unsignedNumber(info.ContainersPaused) ?? paused) - paused,
    (unsignedNumber(info.ContainersStopped) ?? stopped) - stopped,
  ];
  return differences.every((difference) => difference === 0) ? '' : differences.join();
}
