import type { SimulatedContainer } from './containers.ts';

/** As many past events as Docker keeps for `since`. */
const KEPT = 256;

/** Nanoseconds that a time of today may be off as a double. */
const ROUNDING = 500;

export interface EngineEvent {
  status?: string;
  id?: string;
  from?: string;
  Type: 'container' | 'image' | 'volume' | 'network';
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  scope: 'local';
  time: number;
  timeNano: number;
}

/** The engine's event log. */
export interface EventLog {
  publish(action: string, container: SimulatedContainer, attributes?: Record<string, string>): void;
  publishOther(type: 'image' | 'volume' | 'network', action: string, id: string): void;
  /** The kept events between two Unix times in seconds. */
  since(seconds: number, until?: number): readonly EngineEvent[];
  /** Calls the listener with each event to come, until the returned function is called. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
}

/** Makes an empty event log; `clock` gives Unix milliseconds. */
export function createEventLog(clock: () => number): EventLog {
  const kept: EngineEvent[] = [];
  let lastNano = 0;
  const listeners = new Set<(event: EngineEvent) => void>();

  function emit(
    type: EngineEvent['Type'],
    action: string,
    id: string,
    attributes: Record<string, string>,
    image?: string,
  ): void {
    const now = clock();
    // The engine's clock is fine enough to tell any two events apart.
    lastNano = Math.max(now * 1e6, lastNano + 1_000);
    const event: EngineEvent = {
      // What older clients read.
      ...(image === undefined ? {} : { status: action, id, from: image }),
      Type: type,
      Action: action,
      Actor: { ID: id, Attributes: attributes },
      scope: 'local',
      time: Math.floor(now / 1000),
      timeNano: lastNano,
    };
    kept.push(event);
    if (kept.length > KEPT) kept.shift();
    for (const listener of listeners) listener(event);
  }

  return {
    publish(action, { id, image, name, labels }, attributes = {}) {
      emit('container', action, id, { ...labels, ...attributes, image, name }, image);
    },
    publishOther: (type, action, id) => emit(type, action, id, { name: id }),
    since: (seconds, until = Number.POSITIVE_INFINITY) =>
      kept.filter(({ timeNano }) => timeNano >= seconds * 1e9 - ROUNDING && timeNano <= until * 1e9 + ROUNDING),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
