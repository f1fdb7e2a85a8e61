import type { ContainerFacts, DeviceFacts, InterfaceFacts, Snapshot } from '../snapshot/facts.ts';
import { shortId } from '../inventory/container-list.ts';
import type { RecentEvent } from '../inventory/lifecycle/recent-events.ts';
import { cpuLimit } from '../metrics/catalogue/limits.ts';
import { type Clock, shareAnswer } from './shared-answer.ts';

export interface FeedOptions {
  readonly snapshot: () => Promise<Snapshot>;
  /** Unix milliseconds since when the daemon can't be reached; undefined while it can. */
  readonly awaySince: () => number | undefined;
  readonly now?: Clock;
}

/** How long an answer is served again: ten viewers of the dashboard cost the engine what one does. */
const maxAgeMs = 2_000;

/**
 * What the dashboard shows, as JSON: the containers, and what happened to each and over all, newest first. All requests
 * within two seconds get the very same bytes.
 */
export function createContainerFeed({ snapshot, awaySince, now }: FeedOptions): () => Promise<Buffer> {
  const take = async (): Promise<Buffer> => {
    const { up, takenAt, containers, lifecycle } = await snapshot();
    const content = {
      up,
      takenAt,
      awaySince: up ? undefined : awaySince(),
      containers: containers.map(rowOf),
      events: lifecycle.recentEvents
        .toReversed()
        .map((event) => Object.assign({ name: event.containerName }, eventOf(event))),
    };
    return Buffer.from(JSON.stringify(content));
  };
  return shareAnswer(take, maxAgeMs, now);
}

/** One row of the dashboard. Counters as the engine has them; the dashboard makes rates of two of them. */
function rowOf(container: ContainerFacts): Readonly<Record<string, unknown>> {
  const { resources, limits } = container;
  return {
    id: shortId(container.id),
    name: container.name,
    project: container.composeProject,
    image: container.image,
    state: container.state,
    health: container.health,
    startedAt: container.startedAt,
    restarts: container.restartCount,
    exitCode: container.exitCode,
    cpu: resources?.cpuUsage,
    cpuLimit: limits && cpuLimit(limits),
    memory: resources?.memoryWorkingSet,
    memoryLimit: limits?.memory,
    memoryAvailable: resources?.memoryLimit,
    received: sum<InterfaceFacts>(resources?.interfaces, ({ receiveBytes }) => receiveBytes),
    sent: sum<InterfaceFacts>(resources?.interfaces, ({ transmitBytes }) => transmitBytes),
    read: sum<DeviceFacts>(resources?.devices, ({ readBytes }) => readBytes),
    written: sum<DeviceFacts>(resources?.devices, ({ writeBytes }) => writeBytes),
    events: container.lifecycle.recentEvents.toReversed().map(eventOf),
  };
}

function eventOf({ at, action, exitCode, reason, signal }: RecentEvent): object {
  return { at, action, exitCode, reason, signal };
}

function sum<Facts>(items: readonly Facts[] = [], of: (facts: Facts) => number | undefined): number | undefined {
  return items.length === 0 ? undefined : items.reduce((total, item) => total + (of(item) ?? 0), 0);
}
