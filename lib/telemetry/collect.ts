import { setImmediate } from 'node:timers/promises';
import type { BuildInfo } from '../build-info.ts';
import { messageOf } from '../error-message.ts';
import type { Log } from '../logging.ts';
import type { MemoryShare } from '../memory-budget.ts';
import type { LabelSelection } from '../metrics/container-labels.ts';
import type { CollectionInput, MetricGroup, PushFigures, Subject } from '../metrics/metric.ts';
import type { SelfFacts } from '../metrics/self.ts';
import { textLength, usualSeries } from '../inventory/kept-containers.ts';
import type { ContainerFacts, Snapshot } from '../snapshot/facts.ts';
import type { SnapshotSource } from '../snapshot/source.ts';
import { extraSeries } from '../snapshot/usual-resources.ts';
import {
  type BuilderOptions,
  type DataSize,
  type MetricDataBuilder,
  type NumberMetricData,
  createMetricDataBuilder,
} from './metric-data.ts';
import { type OmissionTotals, type Omissions, createOmissions } from './omissions.ts';

/** What all ways out show, and where it comes from. */
export interface Sources {
  readonly source: SnapshotSource;
  readonly build: BuildInfo;
  /** The exporter's own process and settings; left out where they are not shown. */
  readonly self?: (() => Promise<SelfFacts>) | undefined;
  /** The labels of containers to show; undefined for none. */
  readonly selectedLabels?: LabelSelection | undefined;
  /** How pushing goes; left out where nothing is pushed. */
  readonly pushFigures?: (() => PushFigures) | undefined;
  readonly omitted: OmissionTotals;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

export interface CollectOptions extends Sources, Pick<BuilderOptions, 'naming' | 'unknownStart'> {
  /** The text that is made of the data; undefined where none is made. */
  readonly pages?: PageOptions | undefined;
  /** Milliseconds of any steady clock. */
  readonly now?: () => number;
}

export interface PageOptions {
  /** What the text is charged to, and how many times. */
  readonly share: MemoryShare;
  readonly copies: number;
}

/** What one collection found. */
export interface Collected {
  /** What is read of the exporter itself, this collection's errors included. */
  readonly input: CollectionInput;
  readonly omissions: Omissions;
  /** All other metrics. */
  readonly metrics: readonly NumberMetricData[];
  /** Of its lines at most, one for each data point. */
  readonly textBytes: number;
  /** Gives back what was taken of `pages`. */
  release(): void;
}

/** A collection that callers share, and when all that they do with it is to be over. */
interface Shared {
  readonly result: Promise<Collected>;
  readonly deadline: number;
}

/** Containers, and sums, that are read before other work may come in between, such as an answer on /health. */
const batchSize = 100;

/** The same in data points, of which a container with many interfaces has thousands. */
const maxBatchPoints = 10_000;

/** The longest number, with the characters around it. */
const valueBytes = 27;

/** Characters of its image and labels. */
const maxOrdinaryText = 1_000;

/** Rendering and compressing time relative to that of collecting. Measured was half; the rest is for other work. */
const renderCostRatio = 1;

/** What follows the first snapshot has yet to be measured, with code that has yet to be compiled. */
const firstReserveMs = 5_000;

/**
 * Makes metric data of snapshots. Callers that wait for the same snapshot get the same result. Where text is made of it,
 * `timeoutMillis` holds for all that a caller does, rendering and compressing included: the snapshot gets what the last
 * collections left of it, at least half. Containers that do not fit in afterwards, or whose text does not fit into memory,
 * are omitted and counted. Elsewhere it holds for the snapshot.
 */
export function createCollect(options: CollectOptions): (timeoutMillis: number) => Promise<Collected> {
  const { naming, unknownStart, pages, source, build, selectedLabels, now = () => performance.now() } = options;
  const groupsOf = (wanted: Subject): MetricGroup[] => naming.groups.filter(({ subject }) => subject === wanted);
  const [engineGroups, containerGroups, sumGroups] = [groupsOf('engine'), groupsOf('container'), groupsOf('sum')];
  const omissions = createOmissions(options.log, options.omitted);
  const underWay = new Map<Snapshot, Shared>();
  let lastMs = Infinity;
  let reservedMs = pages === undefined ? 0 : firstReserveMs;

  /** Of two collections the shorter one counts, so that a single stall costs the next snapshot no time. */
  const updateEstimate = (neededMs: number): void => {
    if (pages === undefined) return;
    reservedMs = Math.min(lastMs, neededMs);
    lastMs = neededMs;
  };

  const produce = async (snapshot: Snapshot, begun: number, deadline: number): Promise<Collected> => {
    const { containers, lifecycle } = snapshot;
    const input = { snapshot, build, selectedLabels, self: await options.self?.(), pushes: options.pushFigures?.() };
    const builder = createMetricDataBuilder({ naming, unknownStart });
    let charged = 0;

    /** Adds some groups of a part; false where there is no memory for their text. */
    const add = (groups: readonly MetricGroup[], part: CollectionInput): boolean => {
      const before = builder.size();
      for (const group of groups) addUnlessItThrows(builder, group, part, omissions);
      const bytes = pages === undefined ? 0 : pages.copies * (textBytes(builder.size()) - textBytes(before));
      const fits = pages === undefined || pages.share.take(bytes);
      if (fits) charged += bytes;
      else builder.truncate(before);
      return fits;
    };

    /** Adds each part in turn, until the rest would not be there by `end`. Returns the milliseconds that all parts take. */
    const addAll = async <Part>(
      what: string,
      end: number,
      parts: readonly Part[],
      addPart: (part: Part) => boolean,
    ): Promise<number> => {
      const addingBegun = now();
      let done = 0;
      let tooLarge = 0;
      let nextPause = { done: batchSize, points: builder.size().points + maxBatchPoints };
      for (const part of parts) {
        const { points } = builder.size();
        if (done >= nextPause.done || points > nextPause.points) {
          await setImmediate();
          const msEach = (now() - addingBegun) / done;
          const next = Math.min(batchSize, parts.length - done);
          if (now() + msEach * next + renderCostRatio * msEach * (done + next) > end) break;
          nextPause = { done: done + batchSize, points: points + maxBatchPoints };
        }
        done += 1;
        if (!addPart(part)) tooLarge += 1;
      }
      const shown = done - tooLarge;
      for (const [reason, omitted] of [
        ['deadline reached', parts.length - done],
        ['memory limit reached', tooLarge],
      ] as const) {
        if (omitted > 0) omissions.note('container', omitted, `${reason}, ${what} omitted`, { omitted, shown });
      }
      // For all of them, also where some were omitted: or the next collection would have no more time for them.
      return ((now() - addingBegun) / Math.max(done, 1)) * parts.length;
    };

    omissions.begin();
    const dataBegun = now();
    for (const group of engineGroups) {
      if (!add([group], input)) omissions.omitGroup(group, 'memory limit reached');
    }
    const engineMs = now() - dataBegun;
    // Those with series by the hundred come last, so that they are the ones for which there is no room.
    const ordered = containers.toSorted((left, right) => Number(isLarge(left)) - Number(isLarge(right)));
    const containerMs = await addAll('containers', deadline, ordered, (container) =>
      add(containerGroups, { ...input, snapshot: { ...snapshot, containers: [container] } }),
    );
    await setImmediate();
    const sumMs = await addAll('sums', Infinity, sumGroups.length === 0 ? [] : lifecycle.sums, (sum) =>
      add(sumGroups, { ...input, snapshot: { ...snapshot, lifecycle: { ...lifecycle, sums: [sum] } } }),
    );
    updateEstimate(dataBegun - begun + (1 + renderCostRatio) * (engineMs + containerMs + sumMs));
    return {
      input: { ...input, snapshot: { ...snapshot, errors: omissions.addTo(snapshot.errors) } },
      omissions,
      metrics: builder.metrics(),
      textBytes: textBytes(builder.size()),
      release: () => {
        pages?.share.release(charged);
        charged = 0;
      },
    };
  };

  return async (timeoutMillis) => {
    const asked = now();
    const deadline = pages === undefined ? Infinity : asked + timeoutMillis;
    const snapshotMs = timeoutMillis - Math.min(reservedMs, timeoutMillis / 2);
    const snapshot = await source.get({ timeoutMillis: snapshotMs });
    const shared = underWay.get(snapshot);
    if (shared !== undefined && shared.deadline <= deadline) return shared.result;
    // Giving up what is late is part of what comes after.
    const begun = Math.min(now(), asked + snapshotMs);
    const result = produce(snapshot, begun, deadline).finally(() => underWay.delete(snapshot));
    underWay.set(snapshot, { result, deadline });
    return result;
  };
}

/** Adds a group, or nothing of it and an omission: one that throws costs only itself. */
export function addUnlessItThrows(
  builder: MetricDataBuilder,
  group: MetricGroup,
  input: CollectionInput,
  omissions: Omissions,
): void {
  const before = builder.size();
  try {
    builder.add(group, input);
  } catch (error) {
    builder.truncate(before);
    omissions.omitGroup(group, messageOf(error));
  }
}

/** Whether its lines take as much as those of several ordinary containers. */
function isLarge({ image, labels, resources }: ContainerFacts): boolean {
  const isWide = resources !== undefined && extraSeries(resources) > 2 * usualSeries;
  return isWide || textLength({ name: '', image, labels }) > maxOrdinaryText;
}

/** Bytes of the lines of an exposition at most. */
function textBytes({ points, bytes }: DataSize): number {
  return bytes + points * valueBytes;
}
