import type { SimulatedContainer } from './container.ts';

/** As many past events as Docker keeps for `since`. */
const KEPT = 256;

export interface EngineEvent {
  status: string;
  id: string;
  from: string;
  Type: 'container';
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  scope: 'local';
  time: number;
  timeNano: number;
}

/** The engine's event log. */
export interface EventLog {
  publish(action: string, container: SimulatedContainer, attributes?: Record<string, string>): void;
  /** The kept events from that Unix time in seconds on. */
  since(seconds: number): readonly EngineEvent[];
  /** Calls the listener with each event to come, until the returned function is called. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
}

/** Makes an empty event log; `clock` gives Unix milliseconds. */
export function createEventLog(clock: () => number): EventLog {
  const kept: EngineEvent[] = [];
  const listeners = new Set<(event: EngineEvent) => void>();
  return {
    publish(action, container, attributes = {}) {
      const now = clock();
      const { id, image, name, labels } = container;
      const event: EngineEvent = {
        status: action,
        id,
        from: image,
        Type: 'container',
        Action: action,
        Actor: { ID: id, Attributes: { ...labels, ...attributes, image, name } },
        scope: 'local',
        time: Math.floor(now / 1000),
        timeNano: now * 1e6,
      };
      kept.push(event);
      if (kept.length > KEPT) kept.shift();
      for (const listener of listeners) listener(event);
    },
    since: (seconds) => kept.filter((event) => event.timeNano >= seconds * 1e9),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
