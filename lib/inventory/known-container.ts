import type { EngineEvent } from '../docker/events.ts';
import { shortId } from './container-list.ts';
import { type Health, type Inspection, nameOf } from './inspection.ts';
import { type KeepLabel, type Labels, labelsOf } from './labels.ts';

/** A container as it is known from inspections, events and lists. */
export interface KnownContainer {
  readonly id: string;
  readonly name: string;
  /** The reference it was created from; a bare image id where only a list is known, and the tag has moved on. */
  readonly image: string;
  readonly labels: Labels;
  /** `running`, `paused`, `exited`, …; `unknown` until something says. */
  readonly state: string;
  readonly health: Health;
  /** The newest inspection, whether it still holds or not. */
  readonly inspection: Inspection | undefined;
  /** Whether something may have changed since that inspection. */
  readonly isStale: boolean;
  /** Whether the filters let it through. */
  readonly isWanted: boolean;
  /** Whether its name and state alone are kept: it is filtered out, or there is no room for more. */
  readonly isBrief: boolean;
}

/** What filters go by, and what sums are made by. */
export type Described = Pick<KnownContainer, 'name' | 'image' | 'labels'>;

/** One of which nothing but its id is known. */
export function newContainer(id: string): KnownContainer {
  return {
    id,
    name: shortId(id),
    image: '',
    labels: {},
    state: 'unknown',
    health: 'none',
    inspection: undefined,
    isStale: true,
    isWanted: false,
    isBrief: false,
  };
}

/** The attributes of a container's event are its labels, with its image and name put over them. */
export function describedBy(event: EngineEvent, keepLabel: KeepLabel): Described {
  const { id, attributes } = event;
  return {
    name: nameOf(attributes['name']) ?? shortId(id),
    image: attributes['image'] ?? '',
    labels: labelsOf(event, keepLabel),
  };
}

/** The compose project and service that a container's labels say; empty strings where it has none. */
export function composeOf(labels: KnownContainer['labels']): { composeProject: string; composeService: string } {
  return {
    composeProject: labels['com.docker.compose.project'] ?? '',
    composeService: labels['com.docker.compose.service'] ?? '',
  };
}

/** A container in one of these stays there until an event says otherwise; any other state is on the way to one. */
const lastingStates: ReadonlySet<string> = new Set(['created', 'running', 'paused', 'exited', 'dead']);

/** The health checks that fail are counted, and that count has no events. */
function hasFailingChecks(state: string, health: Health): boolean {
  return state === 'running' && (health === 'starting' || health === 'unhealthy');
}

/** What is known of a container after an inspection; `happenedSince` where something happened after it was asked for. */
export function inspected(container: KnownContainer, inspection: Inspection, happenedSince: boolean): KnownContainer {
  const { image = container.image, labels = container.labels, health } = inspection;
  // An event that came meanwhile may be newer than the answer, and counts until the next inspection.
  const state = happenedSince ? container.state : (inspection.state ?? container.state);
  return {
    ...container,
    image,
    labels,
    state,
    health,
    inspection,
    // A name changes by an event or a list; here it is only needed where neither said one.
    name: container.name === shortId(container.id) ? (inspection.name ?? container.name) : container.name,
    isStale: happenedSince || !lastingStates.has(state) || hasFailingChecks(state, health),
  };
}
