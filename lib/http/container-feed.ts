import type { ContainerFacts, DeviceFacts, InterfaceFacts, Snapshot } from '../snapshot/facts.ts';
import { shortId } from '../snapshot/container-list.ts';

export interface FeedOptions {
  readonly snapshot: () => Promise<Snapshot>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What the page shows. */
export interface ContainerFeed {
  /** JSON; the very same bytes for all who ask within two seconds, and one snapshot for all who ask at once. */
  get(): Promise<Buffer>;
  /** Told of every snapshot, so as to know since when the daemon is away. */
  observe(snapshot: Snapshot): void;
}

/** Milliseconds for which an answer is given again. Ten people that watch the page cost what one does. */
const freshFor = 2_000;

export function createContainerFeed({ snapshot, now }: FeedOptions): ContainerFeed {
  let newest: { readonly bytes: Promise<Buffer>; until: number } | undefined;
  let awaySince: number | undefined;

  const take = async (): Promise<Buffer> => {
    const { up, takenAt, containers } = await snapshot();
    const content = { up, takenAt, awaySince: up ? undefined : awaySince, containers: containers.map(shown) };
    return Buffer.from(JSON.stringify(content));
  };

  return {
    get: async () => {
      if (newest === undefined || newest.until <= now()) {
        // However long it takes: nobody begins another one meanwhile.
        const entry = { bytes: take(), until: Infinity };
        newest = entry;
        await entry.bytes.finally(() => (entry.until = now() + freshFor)).catch(() => (entry.until = 0));
      }
      return newest.bytes;
    },
    observe: ({ up, takenAt }) => {
      awaySince = up ? undefined : (awaySince ?? takenAt);
    },
  };
}

/** One row of the page. Counters as the engine has them; the page makes rates of two of them. */
function shown(container: ContainerFacts): Readonly<Record<string, unknown>> {
  const { resources } = container;
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
    memory: resources?.memoryWorkingSet,
    memoryLimit: resources?.memoryLimit,
    received: sum<InterfaceFacts>(resources?.interfaces, ({ receiveBytes }) => receiveBytes),
    sent: sum<InterfaceFacts>(resources?.interfaces, ({ transmitBytes }) => transmitBytes),
    read: sum<DeviceFacts>(resources?.devices, ({ readBytes }) => readBytes),
    written: sum<DeviceFacts>(resources?.devices, ({ writeBytes }) => writeBytes),
  };
}

function sum<Facts>(items: readonly Facts[] = [], of: (facts: Facts) => number | undefined): number | undefined {
  return items.length === 0 ? undefined : items.reduce((total, item) => total + (of(item) ?? 0), 0);
}
