/** What can be asked of an engine, as it is counted. */
export const engineEndpoints = [
  'ping',
  'info',
  'list',
  'inspect',
  'stats',
  'images',
  'volumes',
  'networks',
  'events',
  'disk',
] as const;
export type EngineEndpoint = (typeof engineEndpoints)[number];

/** What the calls to one endpoint came to over the life of the process. */
export interface EndpointTotals {
  /** Calls that brought a complete answer of status 200. */
  readonly ok: number;
  readonly error: number;
  /** Seconds until the answer was complete, or given up; of a stream of events, until it began. */
  readonly seconds: number;
}

export type EngineCallTotals = Readonly<Record<EngineEndpoint, EndpointTotals>>;

/** Counts calls and the time they take. */
export interface CallCounter {
  count<T>(endpoint: EngineEndpoint, call: () => Promise<T>): Promise<T>;
  /** A copy that later calls leave alone. */
  totals(): EngineCallTotals;
}

/** `now` gives milliseconds of any clock. */
export function createCallCounter(now: () => number = () => performance.now()): CallCounter {
  const totals = totalsOf(() => ({ ok: 0, error: 0, seconds: 0 }));
  return {
    count: async (endpoint, call) => {
      const begun = now();
      const entry = totals[endpoint];
      try {
        const answer = await call();
        entry.ok += 1;
        return answer;
      } catch (error) {
        entry.error += 1;
        throw error;
      } finally {
        entry.seconds += (now() - begun) / 1000;
      }
    },
    totals: () => totalsOf((endpoint) => ({ ...totals[endpoint] })),
  };
}

function totalsOf<T>(make: (endpoint: EngineEndpoint) => T): Record<EngineEndpoint, T> {
  return Object.fromEntries(engineEndpoints.map((endpoint) => [endpoint, make(endpoint)])) as Record<EngineEndpoint, T>;
}
