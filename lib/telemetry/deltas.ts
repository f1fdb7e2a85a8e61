import type { HrTime } from '@opentelemetry/api';
import type { Snapshot } from '../snapshot/facts.ts';

/** A value and the time that it stands for. */
export interface NumberPoint {
  readonly value: number;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/** The counters of one push as differences to what was last accepted. */
export interface DeltaExport {
  /**
   * The increase of a counter since the last push that was accepted; since its start where it is new or started anew.
   * Undefined where it was told already. `owner` is a container's id, or an empty string for the exporter.
   */
  delta(owner: string, series: string, measured: NumberPoint): NumberPoint | undefined;
  /** The push was accepted, so the next one goes on from here. */
  commit(): void;
}

/** What was told of one container since it started. */
interface Told {
  readonly startTime: HrTime;
  readonly series: Map<string, NumberPoint>;
}

/**
 * Keeps what was told of every counter. A push that fails changes nothing, so its increase is in the next one: what
 * all pushes tell adds up to the engine's own figures. It forgets containers that are removed, and nothing else: one
 * whose figures are missing for once would be told from its start again.
 */
export function createDeltaTracker(): { begin(snapshot: Snapshot): DeltaExport } {
  const book = new Map<string, Told>();
  return {
    begin: (snapshot) => {
      const steps: (readonly [owner: string, series: string, measured: NumberPoint])[] = [];
      return {
        delta: (owner, series, measured) => {
          steps.push([owner, series, measured]);
          const told = book.get(owner);
          const last = told !== undefined && isSame(told.startTime, measured.startTime) && told.series.get(series);
          return last ? difference(measured, last) : measured;
        },
        commit: () => {
          for (const [owner, series, measured] of steps) {
            const told = book.get(owner);
            if (told !== undefined && isSame(told.startTime, measured.startTime)) told.series.set(series, measured);
            else book.set(owner, { startTime: measured.startTime, series: new Map([[series, measured]]) });
          }
          if (isListed(snapshot)) forgetMissing(book, snapshot);
        },
      };
    },
  };
}

function difference(measured: NumberPoint, last: NumberPoint): NumberPoint | undefined {
  if (isSame(measured.endTime, last.endTime)) return undefined;
  // A counter that fell without a restart began anew some time after it was last told.
  const value = measured.value < last.value ? measured.value : measured.value - last.value;
  return { value, startTime: last.endTime, endTime: measured.endTime };
}

function isSame(left: HrTime, right: HrTime): boolean {
  return left[0] === right[0] && left[1] === right[1];
}

/** Whether a container that is not in the snapshot is gone, rather than not seen. */
function isListed({ up, problems }: Snapshot): boolean {
  return up && !problems.some(({ collector, subject }) => collector === 'container' && subject === 'list');
}

function forgetMissing(book: Map<string, Told>, { containers }: Snapshot): void {
  const present = new Set(['', ...containers.map(({ id }) => id)]);
  for (const owner of book.keys()) if (!present.has(owner)) book.delete(owner);
}
