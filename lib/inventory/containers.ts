import type { EngineEvent } from '../docker/events.ts';
import { type ContainerList, type ListedContainer, isContainerId, shortId } from './container-list.ts';
import { type Health, type Inspection, nameOf } from './inspection.ts';

/** A container as it is known from inspections, events and lists. */
export interface KnownContainer {
  readonly id: string;
  readonly name: string;
  /** The reference it was created from; a bare image id where only a list is known, and the tag has moved on. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `running`, `paused`, `exited`, …; `unknown` until something says. */
  readonly state: string;
  readonly health: Health;
  /** The newest inspection, whether it still holds or not. */
  readonly inspection: Inspection | undefined;
  /** Whether something may have changed since that inspection. */
  readonly isStale: boolean;
}

/** How many containers are in which of the states that /info counts; whatever neither runs nor is paused is stopped. */
export interface StateCounts {
  readonly running: number;
  readonly paused: number;
  readonly stopped: number;
}

/** All containers of the engine. What is known of one is replaced, never changed. */
export interface ContainerRegistry {
  get(id: string): KnownContainer | undefined;
  all(): IterableIterator<KnownContainer>;
  size(): number;
  counts(): StateCounts;
  /** A moment to say later what an answer was asked after. */
  now(): number;
  /** Takes in an event. Those of one container have to come in their order. */
  apply(event: EngineEvent): void;
  /** Marks one that something has happened to, in whatever order. */
  touch(id: string): void;
  /** Nothing that is known holds any more. */
  touchAll(): void;
  /** Takes in what inspect answered; `askedAt` is the moment before the call. */
  setInspection(id: string, inspection: Inspection, askedAt: number): void;
  /**
   * Takes in a list; where it differs from what is known, and nothing happened since it was asked for, it is right.
   * `engineTime` is the engine's clock before that, in Unix seconds: the list holds what happened earlier. Returns how
   * many of its containers there is no room for.
   */
  setList(list: Pick<ContainerList, 'containers'>, askedAt: number, engineTime: number): number;
  delete(id: string): void;
}

/** A container and the moments of its last change and its last inspection. */
interface Entry {
  container: KnownContainer;
  touchedAt: number;
}

/** What an action leaves behind; `kill`, `stop` and `oom` are followed by a `die`. */
const stateAfter: Readonly<Record<string, Partial<KnownContainer>>> = {
  create: { state: 'created' },
  start: { state: 'running' },
  restart: { state: 'running' },
  die: { state: 'exited' },
  pause: { state: 'paused' },
  unpause: { state: 'running' },
  'health_status: healthy': { health: 'healthy' },
  'health_status: unhealthy': { health: 'unhealthy' },
};

/** Actions that leave everything as it is that inspect says. */
const harmless: ReadonlySet<string> = new Set([
  'archive-path',
  'attach',
  'commit',
  'copy',
  'detach',
  'export',
  'extract-to-dir',
  'prune',
  'resize',
  'top',
]);

/** Whether an action leaves everything as it is that inspect says. */
export function isHarmless(action: string): boolean {
  return harmless.has(action);
}

/** A container in one of these stays there until an event says otherwise; any other state is on the way to one. */
const lastingStates: ReadonlySet<string> = new Set(['created', 'running', 'paused', 'exited', 'dead']);

/** Containers beyond `maxContainers` are not taken in. */
export function createContainerRegistry(maxContainers = Number.POSITIVE_INFINITY): ContainerRegistry {
  const entries = new Map<string, Entry>();
  let moment = 0;
  /** The engine's clock before the last list, in Unix seconds. */
  let listedAt = 0;

  const change = (id: string, changes: Partial<KnownContainer>): void => {
    const known = entries.get(id)?.container;
    if (known === undefined && entries.size >= maxContainers) return;
    moment += 1;
    const container = known ?? newContainer(id);
    entries.set(id, { container: { ...container, ...changes, isStale: true }, touchedAt: moment });
  };

  return {
    get: (id) => entries.get(id)?.container,
    *all() {
      for (const { container } of entries.values()) yield container;
    },
    size: () => entries.size,
    counts: () => {
      const counts = { running: 0, paused: 0, stopped: 0 };
      for (const { container } of entries.values()) {
        const { state } = container;
        counts[state === 'running' || state === 'paused' ? state : 'stopped'] += 1;
      }
      return counts;
    },
    now: () => moment,
    apply: (event) => {
      const { type, action, id, attributes, timeNano } = event;
      if (type !== 'container') {
        // A volume or network that a container got or lost: it starts, or tried to.
        const { container } = attributes;
        if (container !== undefined && entries.has(container)) change(container, {});
        return;
      }
      if (action === 'destroy') {
        entries.delete(id);
        return;
      }
      if (isHarmless(action) || !isContainerId(id)) return;
      // A stream that lags behind the list tells of states that have passed, and of containers that are gone.
      if (timeNano / 1e9 < listedAt) {
        if (entries.has(id)) change(id, {});
        return;
      }
      // Any other action may come late as well, of one that is known to be gone.
      if (action !== 'create' && !entries.has(id)) return;
      change(id, {
        ...(entries.has(id) ? {} : describedBy(event)),
        ...stateAfter[action],
        ...(action === 'rename' ? { name: nameOf(attributes['name']) ?? shortId(id) } : {}),
      });
    },
    touch: (id) => {
      if (entries.has(id)) change(id, {});
    },
    touchAll: () => {
      for (const id of entries.keys()) change(id, {});
    },
    setInspection: (id, inspection, askedAt) => {
      const entry = entries.get(id);
      if (entry === undefined) return;
      const { container } = entry;
      const happenedSince = entry.touchedAt > askedAt;
      const { image = container.image, labels = container.labels, health } = inspection;
      // An event that came meanwhile may be newer than the answer, and counts until the next inspection.
      const state = happenedSince ? container.state : (inspection.state ?? container.state);
      entry.container = {
        id,
        image,
        labels,
        state,
        health,
        inspection,
        // A name changes by an event or a list; here it is only needed where neither said one.
        name: container.name === shortId(id) ? (inspection.name ?? container.name) : container.name,
        isStale: happenedSince || !lastingStates.has(state) || hasFailingChecks(state, health),
      };
    },
    setList: ({ containers }, askedAt, engineTime) => {
      listedAt = engineTime;
      const found = new Map(containers.map((container) => [container.id, container]));
      for (const [id, { container, touchedAt }] of entries) {
        if (touchedAt > askedAt) continue;
        const listed = found.get(id);
        if (listed === undefined) entries.delete(id);
        else if (differs(container, listed)) change(id, merged(container, listed));
      }
      for (const [id, listed] of found) if (!entries.has(id)) change(id, listed);
      return containers.filter(({ id }) => !entries.has(id)).length;
    },
    delete: (id) => void entries.delete(id),
  };
}

function newContainer(id: string): KnownContainer {
  return {
    id,
    name: shortId(id),
    image: '',
    labels: {},
    state: 'unknown',
    health: 'none',
    inspection: undefined,
    isStale: true,
  };
}

/** The attributes of a container's event are its labels, with its image and name put over them. */
export function describedBy({ id, attributes }: EngineEvent): Pick<KnownContainer, 'name' | 'image' | 'labels'> {
  const { image = '', name, ...labels } = attributes;
  return { name: nameOf(name) ?? shortId(id), image, labels };
}

/** The compose project and service that a container's labels say; empty strings where it has none. */
export function composeOf(labels: KnownContainer['labels']): { composeProject: string; composeService: string } {
  return {
    composeProject: labels['com.docker.compose.project'] ?? '',
    composeService: labels['com.docker.compose.service'] ?? '',
  };
}

/** The health checks that fail are counted, and that count has no events. */
function hasFailingChecks(state: string, health: Health): boolean {
  return state === 'running' && (health === 'starting' || health === 'unhealthy');
}

/** Of a container that is paused or has ended, the list shows no health. */
function differs({ name, state, health }: KnownContainer, listed: ListedContainer): boolean {
  return name !== listed.name || state !== listed.state || (state === 'running' && health !== listed.health);
}

function merged({ image }: KnownContainer, listed: ListedContainer): ListedContainer {
  return isBareImageId(listed.image) ? { ...listed, image: image === '' ? listed.image : image } : listed;
}

/** What the list shows once the tag has moved on to another image. */
export function isBareImageId(image: string): boolean {
  return /^sha256:[0-9a-f]+$/.test(image);
}
