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

/** How many are kept over all, and of one container. */
export const maxRecentEvents = { overall: 100, container: 10 } as const;

/** A list of events, newest last, with one more and at most `max`. */
export function withEvent(events: readonly RecentEvent[], event: RecentEvent, max: number): readonly RecentEvent[] {
  return [...events.slice(-(max - 1)), event];
}

/** A list in which the reason of a `die` has been found out. */
export function withReason(
  events: readonly RecentEvent[],
  event: RecentEvent,
  reason: ExitReason,
): readonly RecentEvent[] {
  return events.map((each) => (each === event ? { ...event, reason } : each));
}
