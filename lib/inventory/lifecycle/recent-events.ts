import type { EngineEvent } from '../../docker/events.ts';
import { type Labels, ownNumber } from '../labels.ts';
import type { ExitReason } from './exits.ts';

/** Something that happened to a container, for people to read. */
export interface RecentEvent {
  /** Unix seconds, by the engine's clock. */
  readonly at: number;
  /** All 64 characters. */
  readonly containerId: string;
  readonly containerName: string;
  /** As the engine calls it, such as `start`, `die` or `health_status: unhealthy`. */
  readonly action: string;
  /** Of a `die`. */
  readonly exitCode: number | undefined;
  /** Of a `die`; undefined as long as it is not certain. */
  readonly reason: ExitReason | undefined;
  /** Number of the signal of a `kill`. */
  readonly signal: number | undefined;
}

/** The last events, newest last. */
export interface RecentEvents {
  list(): readonly RecentEvent[];
  add(event: RecentEvent): void;
  /** The reason of a `die` has been found out. */
  setReason(event: RecentEvent, reason: ExitReason): void;
}

/** Keeps the last `max` events. */
export function createRecentEvents(max: number): RecentEvents {
  let events: readonly RecentEvent[] = [];
  return {
    list: () => events,
    add: (event) => (events = [...events.slice(-(max - 1)), event]),
    setReason: (event, reason) => {
      const index = events.indexOf(event);
      if (index !== -1) events = events.with(index, { ...event, reason });
    },
  };
}

/** `labels` are those of the container, none of which is taken for an attribute. */
export function recentEventOf(event: EngineEvent, containerName: string, labels: Labels): RecentEvent {
  const { action, id, timeNano } = event;
  return {
    at: timeNano / 1e9,
    containerId: id,
    containerName,
    action,
    exitCode: action === 'die' ? ownNumber(event, 'exitCode', labels) : undefined,
    reason: undefined,
    signal: action === 'kill' ? ownNumber(event, 'signal', labels) : undefined,
  };
}
