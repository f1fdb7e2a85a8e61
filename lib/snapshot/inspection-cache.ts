import type { ContainerEvents, EventCursor } from './container-events.ts';
import { type Inspection, healthFromSummary } from './inspection.ts';
import type { ListedContainer } from './container-list.ts';

/** The last inspection of each container, and whether it still holds. */
export interface InspectionCache {
  /** The last inspection, whether it still holds or not. */
  getStale(id: string): Inspection | undefined;
  /** The last inspection, if nothing has happened to the container since. */
  getFresh(summary: ListedContainer): Inspection | undefined;
  /** `since` is the moment before the call was made. */
  set(summary: ListedContainer, inspection: Inspection, since: EventCursor): void;
  /** Forgets containers that are not listed any more. */
  retain(listed: ReadonlySet<string>): void;
}

interface Known {
  readonly inspection: Inspection;
  readonly since: EventCursor;
  readonly inspectedAt: number;
  /** What the list said last. */
  status: string;
}

/** Milliseconds after which a container is inspected even if nothing tells of a change, in case something went unseen. */
const fullLook = 5 * 60_000;

export function createInspectionCache(changes: ContainerEvents, now: () => number): InspectionCache {
  const known = new Map<string, Known>();
  return {
    getStale: (id) => known.get(id)?.inspection,
    getFresh: (summary) => {
      const entry = known.get(summary.Id);
      if (entry === undefined || now() - entry.inspectedAt > fullLook) return undefined;
      if (!changes.unchanged(summary.Id, entry.since) || !agrees(summary, entry)) return undefined;
      entry.status = statusOf(summary);
      return entry.inspection;
    },
    set: (summary, inspection, since) => {
      known.set(summary.Id, { inspection, since, inspectedAt: now(), status: statusOf(summary) });
    },
    retain: (listed) => {
      for (const id of known.keys()) if (!listed.has(id)) known.delete(id);
    },
  };
}

/**
 * Whether the list, which is asked each time, tells the same story. It would show most changes by itself, should an
 * event be late or lost: the state, the health, the exit code, and a time since the last change that has become shorter.
 */
function agrees(summary: ListedContainer, { inspection, status: before }: Known): boolean {
  if (summary.State !== inspection.state) return false;
  const status = statusOf(summary);
  switch (inspection.state) {
    case 'running':
      return healthFromSummary(summary) === inspection.health && statusAge(status) >= statusAge(before);
    case 'paused':
    case 'created':
      return statusAge(status) >= statusAge(before);
    case 'exited':
      return status.startsWith(`Exited (${inspection.exitCode})`) && statusAge(status) >= statusAge(before);
    case undefined:
    default:
      // Restarting, removing: on the way to something else.
      return false;
  }
}

function statusOf({ Status = '' }: ListedContainer): string {
  return Status;
}

const seconds: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3_600,
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
  year: 31_536_000,
};

/** About how many seconds ago the state began, from words such as `Up About an hour` or `Exited (0) 3 weeks ago`. */
export function statusAge(status: string): number {
  const [, count = '', unit = ''] =
    /(Less than a|About an?|\d+) (second|minute|hour|day|week|month|year)s?\b/.exec(status) ?? [];
  const number = count === 'Less than a' ? 0 : count.startsWith('About') ? 1 : Number(count);
  return number * (seconds[unit] ?? 0);
}
