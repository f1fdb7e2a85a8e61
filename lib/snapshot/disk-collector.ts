import { type DiskType, type DockerClient, diskTypes } from '../docker/client.ts';
import { atLeast, unknownEngine } from '../docker/engine.ts';
import { EngineError } from '../docker/errors.ts';
import { messageOf } from '../error-message.ts';
import { type MemoryShare, seriesBytes } from '../memory-budget.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { createBackgroundTask } from './background-task.ts';
import { mergeDiskUsage, parseDiskUsage } from './disk-usage.ts';
import type { DiskFacts, DiskUsageFacts, Problem } from './facts.ts';

export interface DiskCollectorOptions {
  readonly client: Pick<DockerClient, 'diskUsage' | 'ping'>;
  readonly inventory: Pick<Inventory, 'listen'>;
  /** What volumes are charged to. */
  readonly share: MemoryShare;
  /** The API version that the engine is asked in, empty for its own. */
  readonly apiVersion: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Milliseconds of a clock that nobody sets; that of performance.now() if left out. */
  readonly steadyNow?: (() => number) | undefined;
  /** Milliseconds that a call may take. Engines that read through terabytes take minutes. */
  readonly timeoutMs?: number | undefined;
}

/** Measures what takes up the engine's disk, beside the scrapes, which read what was found last. */
export interface DiskCollector {
  /** What was found last, as old as its oldest part; undefined before anything was found. */
  facts(): DiskFacts | undefined;
  /** How many collections failed since the start. */
  errors(): number;
  /** Why the last one failed. */
  problems(): readonly Problem[];
  start(): void;
  /** Gives up a call under way. */
  stop(): void;
}

/** Where nothing is removed, and as far as 1 % of the time allows. */
const intervalMs = 60_000;

/** What is removed together is measured once. */
const settleMs = 1_000;

/** The engine reads through directories for it. */
const maxShare = 0.01;

const pingTimeoutMs = 5_000;

/** What was found of some types, and when: others may have failed since. */
interface Part {
  readonly types: readonly DiskType[];
  readonly usage: DiskUsageFacts;
  /** Unix milliseconds. */
  readonly collectedAt: number;
}

/** Of the share, what volumes and writable layers may take. */
const volumeShare = 0.125;

/** Of a writable layer: a size, by the id of its container. */
const layerBytes = 200;

/** Actions that free space. */
const removals: ReadonlySet<string> = new Set(['destroy', 'delete', 'prune']);

export function createDiskCollector(options: DiskCollectorOptions): DiskCollector {
  const { client, inventory, apiVersion, now, steadyNow = () => performance.now(), timeoutMs = 300_000 } = options;
  const share = options.share.part(volumeShare);
  let parts: readonly Part[] = [];
  let facts: DiskFacts | undefined;
  let errors = 0;
  let problems: readonly Problem[] = [];

  /** The engine is asked for one kind after the other, where it knows how, lest the slowest keeps all others. */
  const typesToAsk = async (signal: AbortSignal): Promise<readonly (readonly DiskType[])[]> => {
    const engine = await client.ping({ milliseconds: pingTimeoutMs, signal }).catch(() => unknownEngine);
    const version = apiVersion === '' ? engine.apiVersion : apiVersion.replace(/^v/, '');
    return version !== undefined && atLeast(version, 1, 42) ? diskTypes.map((type) => [type]) : [diskTypes];
  };

  /** As much of it as there is room for. */
  const withinMemory = (found: DiskUsageFacts): DiskUsageFacts => ({
    ...found,
    volumes: found.volumes.filter(({ name, driver, composeProject }) =>
      share.take(seriesBytes(name.length + driver.length + composeProject.length)),
    ),
    writableLayers: new Map([...found.writableLayers].filter(() => share.take(layerBytes))),
  });

  /** Puts what was found in place of what was found of the same types before. Returns whether there was room for all. */
  const keep = (found: readonly Part[]): boolean => {
    const isFoundAnew = (type: DiskType): boolean => found.some(({ types }) => types.includes(type));
    const kept = [...parts.filter(({ types }) => !types.some(isFoundAnew)), ...found];
    share.release(share.usedBytes());
    parts = kept.map(({ types, usage, collectedAt }) => ({ types, usage: withinMemory(usage), collectedAt }));
    return parts.every(({ usage }, index) => {
      const { volumes, writableLayers } = kept[index]?.usage ?? usage;
      return usage.volumes.length === volumes.length && usage.writableLayers.size === writableLayers.size;
    });
  };

  const run = async (signal: AbortSignal): Promise<boolean> => {
    const [collectedAt, begun] = [now(), steadyNow()];
    const found: Part[] = [];
    let failure: Problem | undefined;
    let isComplete = true;
    for (const types of await typesToAsk(signal)) {
      const [type] = types.length === 1 ? types : [];
      try {
        const usage = parseDiskUsage(await client.diskUsage(type, { milliseconds: timeoutMs, signal }), types);
        found.push({ types, usage, collectedAt });
      } catch (error) {
        if (signal.aborted) return false;
        failure ??= { collector: 'disk', subject: 'system/df', message: messageOf(error) };
        // One that says too much of its build cache may be brief on the rest; one that refuses or is silent is not.
        isComplete = error instanceof EngineError && error.kind === 'malformed';
        if (!isComplete) break;
      }
    }
    if (!keep(found)) {
      const message = 'volumes or containers are left out: there is no memory for more of them';
      failure ??= { collector: 'disk', subject: 'system/df', message };
    }
    if (failure !== undefined) errors += 1;
    problems = failure === undefined ? [] : [failure];
    if (found.length === 0) return isComplete;
    facts = {
      ...mergeDiskUsage(parts.map(({ usage }) => usage)),
      collectedAt: Math.min(...parts.map((part) => part.collectedAt)),
      seconds: (steadyNow() - begun) / 1_000,
    };
    return isComplete;
  };

  const task = createBackgroundTask({ run, intervalMs, settleMs, maxShare });
  inventory.listen({
    onEvent: ({ type, action }) => {
      if (removals.has(action) && type !== 'network') task.invalidate();
    },
    onGap: task.invalidate,
    onNewEngine: () => {
      parts = [];
      facts = undefined;
      task.invalidate();
    },
  });
  return {
    facts: () => facts,
    errors: () => errors,
    problems: () => problems,
    start: task.start,
    stop: task.stop,
  };
}
