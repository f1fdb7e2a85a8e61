import { type EngineAddress, connectionTo } from './address.ts';
import { call, type CallLimits } from './call.ts';
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
  /** Ends the idle connections. */
  close(): void;
}

/**
 * Opens a client; no connection is made before the first call.
 * `apiVersion` such as `1.41` or `v1.41`, or an empty string for whatever the daemon speaks.
 * Rejects when the TLS files can't be read.
 */
export async function createDockerClient(address: EngineAddress, apiVersion: string): Promise<DockerClient> {
  const route = await connectionTo(address);
  const modem = modemFor(route, apiVersion);

  const get = async (path: string, query: Record<string, string>, limits: CallLimits): Promise<unknown> => {
    const { body } = await call(modem, path, query, limits);
    return parseJson(path, body);
  };

  return {
    ping: async (limits) => engineFromPing((await call(modem, '/_ping', {}, limits)).headers),
    listContainers: (limits) => get('/containers/json', { all: '1' }, limits),
    inspectContainer: (id, limits) => get(`/containers/${encodeURIComponent(id)}/json`, {}, limits),
    containerStats: (id, limits) =>
      get(`/containers/${encodeURIComponent(id)}/stats`, { stream: 'false', 'one-shot': 'true' }, limits),
    system: (endpoint, limits) => get(`/${endpoint}`, {}, limits),
    watchContainers: (onChange, limits) => watchContainers(modem, onChange, limits),
    close: () => route.agent.destroy(),
  };
}

/** Undefined for an empty body. */
function parseJson(path: string, body: string): unknown {
  if (body.trim() === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    throw new EngineError('malformed', `GET ${path}: the answer is not JSON`);
  }
}
