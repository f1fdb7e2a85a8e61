import type { EngineInfo } from '../docker/api.ts';
import type { Attempt, Collector } from '../docker/call-recorder.ts';
import type { CallLimits, DockerClient } from '../docker/client.ts';
import type { EngineIdentity } from '../docker/engine.ts';
import type { EngineEvent } from '../docker/events.ts';
import { nonEmptyString, unsignedNumber } from '../docker/json-values.ts';
import type { MemoryShare } from '../memory-budget.ts';
import { readListedContainer } from './container-list.ts';
import { type ContainerRegistry, type StateCounts, createContainerRegistry } from './containers.ts';
import { type Filters, isWanted } from './filters.ts';
import type { Described } from './known-container.ts';
import type { KeepLabel } from './labels.ts';
import { type EventCoverage, createEventFeed } from './event-feed.ts';
import { createSharedCall } from './shared-call.ts';
import { type ResourceCounts, createResourceCounts } from './resource-counts.ts';

export interface InventoryOptions {
  readonly client: DockerClient;
  /** What has to be known: containers, and the counts of images, volumes and networks. */
  readonly collectors: Readonly<Record<Collector, boolean>>;
  /** Whether a stream of events may take up a connection. */
  readonly stream: boolean;
  /** What containers are charged to. */
  readonly share: MemoryShare;
  /** Looked up each time; where they change, all is listed anew. */
  readonly filters: () => Filters;
  readonly keepLabel: KeepLabel;
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

/** What to do with events. It is called when the inventory has taken the event in, but still knows what is destroyed. */
export interface EventListener {
  /** An event of before the first scrape, as far as the engine remembers them. */
  onPast?(event: EngineEvent): void;
  /** Each event that came since the first scrape, once, in the engine's order. */
  onEvent(event: EngineEvent): void;
  /** Events may have been missed between the last one and the next. */
  onGap(): void;
  /** No events tell of the time since the last update. */
  onEventsUnavailable?(): void;
  /** Another engine answers: what is there has nothing to do with what was there before. */
  onNewEngine?(): void;
}

/**
 * What exists on an engine, kept by its events. Lists correct what events miss: they are asked for
 * where events may have been missed, where /info counts otherwise, and now and then in any case.
 * A list spares no inspection, however many containers were touched: it has neither start times nor exit codes, nor
 * counts of restarts.
 */
export interface Inventory {
  readonly containers: ContainerRegistry;
  readonly resources: Pick<ResourceCounts, 'get'>;
  /** Whether the filters let a container through; what happens to others counts nowhere. */
  isWanted(container: Described): boolean;
  readonly keepLabel: KeepLabel;
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

/** Of the time, what refreshes may take that nothing but caution asks for. */
const maxRefreshShare = 0.01;

export function createInventory({
  client,
  collectors,
  stream,
  share,
  filters,
  keepLabel,
}: InventoryOptions): Inventory {
  const containers = createContainerRegistry({ share, filters, keepLabel });
  const resources = createResourceCounts();
  const listeners: EventListener[] = [];
  let appliedFilters = filters();
  let mustList = true;
  /** How often events may have been missed. */
  let losses = 0;
  let coverage: EventCoverage = 'late';
  /** The engine's clock when it answered last, in Unix seconds. */
  let engineTime = 0;
  /** The engine's own id; undefined before it was told. */
  let engineId: string | undefined;
  /** By the clock of performance.now(), which nobody sets. */
  let refreshedAt = Number.NEGATIVE_INFINITY;
  let refreshMs = 0;
  /** By how much /info counted otherwise right after the last refresh: some engines count in their own way. */
  let usualDifference = '';

  const forgetAll = (): void => {
    mustList = true;
    losses += 1;
    containers.touchAll();
    resources.invalidateAll();
  };

  /** What other filters need was not kept. */
  const startAnew = (): void => {
    appliedFilters = filters();
    containers.clear();
    forgetAll();
  };

  const feed = createEventFeed({
    client,
    stream,
    onPast: (event) => {
      for (const listener of listeners) listener.onPast?.(event);
    },
    onEvent: (event) => {
      const isEnd = event.action === 'destroy';
      if (!isEnd) containers.apply(event);
      for (const listener of listeners) listener.onEvent(event);
      if (isEnd) containers.apply(event);
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

  /** Begins again where the id in /info is another one. Podman tells a new one each time. */
  const compareEngine = ({ engine, info }: EngineAnswer): void => {
    const id = engine?.product === 'docker' ? nonEmptyString(info?.ID) : undefined;
    if (id !== undefined && engineId !== undefined && id !== engineId) {
      feed.startAnew();
      startAnew();
      for (const listener of listeners) listener.onNewEngine?.();
    }
    engineId = id ?? engineId;
  };

  const catchUp = async ({ engine, clock }: EngineAnswer, calls: InventoryCalls): Promise<EventCoverage> => {
    // An engine that does not answer may tell them later.
    if (engine === undefined) return coverage === 'none' ? 'none' : 'late';
    // Podman's events have other names and lack some of these.
    if (engine.product !== 'docker' || clock === undefined) return 'none';
    return feed.catchUp(clock, (call) => calls.attempt(call));
  };

  const askForList = createSharedCall('/containers/json', async (limits) => {
    const [lossesBefore, begun] = [losses, performance.now()];
    const reader = containers.readList(containers.now(), engineTime);
    let unusable = 0;
    await client.listContainers(limits, (element) => {
      const listed = readListedContainer(element, keepLabel);
      if (listed === undefined || !reader.read(listed)) unusable += 1;
    });
    reader.finish();
    return { unusable, lossesBefore, elapsedMs: performance.now() - begun };
  });

  /** Returns how long the engine took for it; 0 where it failed. */
  const listContainers = async (calls: InventoryCalls): Promise<number> => {
    mustList = false;
    const listed = await calls.record('container', 'list', askForList);
    if (!listed.ok) {
      mustList = true;
      return 0;
    }
    const { unusable, lossesBefore, elapsedMs } = listed.value;
    // An earlier scrape may have asked for it.
    if (losses > lossesBefore) mustList = true;
    if (unusable > 0) {
      const elements = `${unusable} elements without an id of their own`;
      calls.recordProblem('container', 'list', `GET /containers/json: ${elements}`);
    }
    return elapsedMs;
  };

  /** Asks for what has to be known: the list of containers, and what is counted, which nothing else waits for. */
  const refresh = (calls: InventoryCalls): { listed: Promise<number> | undefined; counted: Promise<void> } => {
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
      refreshedAt = performance.now();
      refreshMs = Math.max(elapsedMs, refreshedAt - begun);
    };
    return { listed, counted: finish() };
  };

  return {
    containers,
    resources,
    isWanted: (container) => isWanted(container, filters()),
    keepLabel,
    isStreaming: feed.isStreaming,
    coverage: () => coverage,
    isListed: () => !mustList,
    listen: (listener) => void listeners.push(listener),
    update: async (answer, calls) => {
      const before = coverage;
      if (filters() !== appliedFilters) startAnew();
      compareEngine(answer);
      engineTime = Number(answer.clock ?? 0);
      coverage = await catchUp(answer, calls);
      if (coverage === 'none' || before === 'none') for (const listener of listeners) listener.onEventsUnavailable?.();
      const { info } = answer;
      if (coverage !== 'complete') forgetAll();
      if (info !== undefined) resources.compareImages(info);
      const difference = info === undefined ? undefined : differenceOf(info, containers.counts());
      if (difference === undefined || (difference !== '' && difference !== usualDifference)) mustList = true;
      if (containers.hasRoom()) mustList = true;
      if (performance.now() - refreshedAt >= refreshMs / maxRefreshShare) {
        mustList = true;
        resources.invalidateAll();
      }
      const isWhole = mustList;
      const { listed, counted } = refresh(calls);
      await listed;
      if (isWhole && info !== undefined) usualDifference = differenceOf(info, containers.counts());
      if (containers.leftOut() > 0) {
        calls.recordProblem('container', 'list', 'containers are left out: there is no memory for more of them');
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
