import { type EngineEvent, eventActions } from '../../docker/events.ts';

/** How many events there were of one kind. */
export interface EventCount {
  /** `container`, `image`, `volume` or `network`. */
  readonly type: string;
  /** Without the verdict of a `health_status`; `other` where no engine known has such an action. */
  readonly action: string;
  readonly count: number;
}

export interface EventCounts {
  /** All kinds of events, those that did not happen yet included. */
  all(): readonly EventCount[];
  add(event: EngineEvent): void;
}

export function createEventCounts(): EventCounts {
  const counts = new Map<string, EventCount>();
  const keyOf = (type: string, action: string): string => `${type} ${action}`;
  for (const [type, actions] of Object.entries(eventActions)) {
    for (const action of actions) counts.set(keyOf(type, action), { type, action, count: 0 });
  }
  return {
    all: () => [...counts.values()],
    add: ({ type, action: told }) => {
      if (!Object.hasOwn(eventActions, type)) return;
      const [name = ''] = told.split(':');
      const action = counts.has(keyOf(type, name)) ? name : 'other';
      const key = keyOf(type, action);
      counts.set(key, { type, action, count: (counts.get(key)?.count ?? 0) + 1 });
    },
  };
}
