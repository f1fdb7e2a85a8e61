import { type EngineAddress, connectionTo } from './address.ts';
import { call, type CallLimits } from './call.ts';
import { type EngineCallTotals, type EngineEndpoint, createCallCounter } from './call-totals.ts';
import { type Engine, engineFromPing } from './engine.ts';
import { EngineError } from './errors.ts';
import { modemFor } from './modem.ts';
import { type ContainerWatch, watchContainers } from './watch.ts';

export type { CallLimits, ContainerWatch };

/** The endpoints that describe the daemon rather than a container. */
export type SystemEndpoint = 'info' | 'images/json' | 'volumes' | 'networks';

/**
 * The Docker Engine API as far as it is needed. Every method rejects with an EngineError and nothing else;
 * answers are parsed JSON of unknown shape.
 */
export interface DockerClient {
  ping(limits: CallLimits): Promise<Engine>;
  /** All containers, stopped ones included. */
  listContainers(limits: CallLimits): Promise<unknown>;
  inspectContainer(id: string, limits: CallLimits): Promise<unknown>;
  /** One sample without a second one to compare with; undefined when the body is empty, as of a stopped Podman container. */
  containerStats(id: string, limits: CallLimits): Promise<unknown>;
  system(endpoint: SystemEndpoint, limits: CallLimits): Promise<unknown>;
  /** Listens to what happens to containers; rejects where the engine or its proxy does not tell within the limits. */
  watchContainers(onChange: (id: string) => void, limits: CallLimits): Promise<ContainerWatch>;
  /** What the calls so far came to. */
  calls(): EngineCallTotals;
  /** Ends the idle connections. */
  close(): void;
}

/**
 * Opens a client; no connection is made before the first call.
 * `apiVersion` such as `1.41` or `v1.41`, or an empty string for whatever the daemon speaks.
 * Rejects when the TLS files can't be read.
 */
export async function createDockerClient(address: EngineAddress, apiVersion: string): Promise<DockerClient> {
  const route = connectionTo(address);
  const modem = modemFor(route, apiVersion);

  const counter = createCallCounter();

  const get = (
    endpoint: EngineEndpoint,
    path: string,
    limits: CallLimits,
    query: Record<string, string> = {},
  ): Promise<unknown> =>
    counter.count(endpoint, async () => parseJson(path, (await call(modem, path, query, limits)).body));

  return {
    ping: (limits) =>
      counter.count('ping', async () => engineFromPing((await call(modem, '/_ping', {}, limits)).headers)),
    listContainers: (limits) => get('list', '/containers/json', limits, { all: '1' }),
    inspectContainer: (id, limits) => get('inspect', `/containers/${encodeURIComponent(id)}/json`, limits),
    containerStats: (id, limits) =>
      get('stats', `/containers/${encodeURIComponent(id)}/stats`, limits, { stream: 'false', 'one-shot': 'true' }),
    system: (endpoint, limits) => get(endpointOf[endpoint], `/${endpoint}`, limits),
    watchContainers: (onChange, limits) => counter.count('events', () => watchContainers(modem, onChange, limits)),
    calls: counter.totals,
    close: () => route.agent.destroy(),
  };
}

const endpointOf: Readonly<Record<SystemEndpoint, EngineEndpoint>> = {
  info: 'info',
  'images/json': 'images',
  volumes: 'volumes',
  networks: 'networks',
};

/** Undefined for an empty body. */
function parseJson(path: string, body: string): unknown {
  if (body.trim() === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    throw new EngineError('malformed', `GET ${path}: the answer is not JSON`);
  }
}
