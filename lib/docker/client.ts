import type { VolumeList } from './api.ts';
import { type EngineAddress, connectionsTo } from './address.ts';
import { answerLimits } from './answer-limits.ts';
import { type BodyLimits, elementsReader, textReader } from './body.ts';
import { type Answer, type CallLimits, call, modemFor } from './call.ts';
import { type EngineCallTotals, type EngineEndpoint, createCallCounter } from './call-totals.ts';
import { type Engine, type EngineIdentity, clockFromDate, clockFromTime, engineFromHeaders } from './engine.ts';
import { EngineError } from './errors.ts';
import { boundTexts, defaultMaxTextLength } from './bounded-texts.ts';
import { type EngineEvent, type EventStream, openEvents, pastEvents } from './events.ts';
import { isObject } from './json-values.ts';

export type { CallLimits };

/** The lists that are only counted. */
export type CountedEndpoint = 'images/json' | 'volumes' | 'networks';

/** What `type` of `/system/df` takes, from what is quickly measured to what takes long. */
export const diskTypes = ['build-cache', 'image', 'container', 'volume'] as const;
export type DiskType = (typeof diskTypes)[number];

/**
 * The Docker Engine API as far as it is needed. Every method rejects with an EngineError and nothing else;
 * answers are parsed JSON of unknown shape.
 */
export interface DockerClient {
  ping(limits: CallLimits): Promise<Engine>;
  /** A ping, with the engine's clock as near as its `Date` header says. */
  identify(limits: CallLimits): Promise<EngineIdentity>;
  /** Who answers, and all that /info says. */
  info(limits: CallLimits): Promise<EngineIdentity & { readonly answer: unknown }>;
  /** All containers, stopped ones included, each as it arrives; undefined stands for one that is too large. */
  listContainers(limits: CallLimits, onElement: (element: unknown) => void): Promise<void>;
  inspectContainer(id: string, limits: CallLimits): Promise<unknown>;
  /** One sample without a second one to compare with; undefined when the body is empty, as of a stopped Podman container. */
  containerStats(id: string, limits: CallLimits): Promise<unknown>;
  /** How many images, volumes or networks there are. */
  count(endpoint: CountedEndpoint, limits: CallLimits): Promise<number>;
  /** What takes up disk space; all of it where no type is given, or the engine knows none (API < 1.42). */
  diskUsage(type: DiskType | undefined, limits: CallLimits): Promise<unknown>;
  /** Events since that time of the engine, then each new one; the limits are those of its beginning. */
  openEvents(since: string, onEvent: (event: EngineEvent) => void, limits: CallLimits): Promise<EventStream>;
  /** Events between two times of the engine; it waits until the second is over. */
  pastEvents(since: string, until: string, limits: CallLimits): Promise<readonly EngineEvent[]>;
  /** What the calls so far came to. */
  calls(): EngineCallTotals;
  /** Ends all connections, and refuses to open a stream of events from now on. */
  close(): void;
}

export interface ClientOptions {
  /** Characters of a text in an answer that are kept. */
  readonly maxTextLength?: number;
  /** Milliseconds of any clock. */
  readonly now?: (() => number) | undefined;
}

/**
 * Opens a client; no connection is made before the first call.
 * `apiVersion` such as `1.41` or `v1.41`, or an empty string for whatever the daemon speaks.
 * Rejects when the TLS files can't be read.
 * Only dockerode's modem is used: its methods neither bound the size of an answer nor end one whose body hangs.
 */
export async function createDockerClient(
  address: EngineAddress,
  apiVersion: string,
  { maxTextLength = defaultMaxTextLength, now }: ClientOptions = {},
): Promise<DockerClient> {
  const connections = connectionsTo(address);
  const route = { connections, modem: modemFor(apiVersion) };

  const counter = createCallCounter(now);
  let isClosed = false;

  const { caps, maxTotalBytes } = answerLimits();
  const budget = { maxBytes: maxTotalBytes, usedBytes: 0 };
  const bodyLimits = (endpoint: EngineEndpoint): BodyLimits => ({ maxBytes: caps[endpoint], maxTextLength, budget });

  const text = (
    endpoint: EngineEndpoint,
    path: string,
    limits: CallLimits,
    query: Record<string, string> = {},
  ): Promise<Answer<string>> => call(route, path, query, limits, textReader(path, bodyLimits(endpoint)));

  const parse = (path: string, body: string): unknown => parseJson(path, body, maxTextLength);

  const get = (...[endpoint, path, limits, query]: Parameters<typeof text>): Promise<unknown> =>
    counter.count(endpoint, async () => parse(path, (await text(endpoint, path, limits, query)).body));

  /** Asks about one container. Rejects where the answer carries the id of another one; some engines leave it out. */
  const ofContainer = (
    id: string,
    endpoint: 'inspect' | 'stats',
    what: 'json' | 'stats',
    limits: CallLimits,
    query: Record<string, string> = {},
  ): Promise<unknown> =>
    counter.count(endpoint, async () => {
      const path = `/containers/${encodeURIComponent(id)}/${what}`;
      const answer = parse(path, (await text(endpoint, path, limits, query)).body);
      const answeredId = idIn(answer);
      if (answeredId !== undefined && answeredId !== id)
        throw new EngineError('malformed', `GET ${path}: the answer is about another container`);
      return answer;
    });

  /** Reads a list element by element, so that it is never in memory as a whole. */
  const list = (
    [endpoint, path, limits, query = {}]: Parameters<typeof text>,
    onElement: (element: unknown) => void,
  ): Promise<void> =>
    counter.count(endpoint, async () => {
      const read = (element: string | undefined): void =>
        onElement(element === undefined ? undefined : boundTexts(JSON.parse(element), maxTextLength));
      try {
        await call(route, path, query, limits, elementsReader(path, bodyLimits(endpoint), read));
      } catch (error) {
        throw error instanceof EngineError ? error : new EngineError('malformed', `GET ${path}: no JSON list`);
      }
    });

  const identify = (limits: CallLimits): Promise<EngineIdentity> =>
    counter.count('ping', async () => {
      const { headers } = await text('ping', '/_ping', limits);
      return { engine: engineFromHeaders(headers, apiVersion), clock: clockFromDate(headers) };
    });

  return {
    ping: async (limits) => (await identify(limits)).engine,
    identify,
    info: (limits) =>
      counter.count('info', async () => {
        const { headers, body } = await text('info', '/info', limits);
        const answer = parse('/info', body);
        const clock = isObject(answer) ? clockFromTime(answer['SystemTime']) : undefined;
        return { engine: engineFromHeaders(headers, apiVersion), clock, answer };
      }),
    listContainers: (limits, onElement) => list(['list', '/containers/json', limits, { all: '1' }], onElement),
    inspectContainer: (id, limits) => ofContainer(id, 'inspect', 'json', limits),
    containerStats: (id, limits) => ofContainer(id, 'stats', 'stats', limits, { stream: 'false', 'one-shot': 'true' }),
    count: async (endpoint, limits) => {
      if (endpoint === 'volumes') return numberOfVolumes(await get('volumes', '/volumes', limits));
      let elements = 0;
      await list([endpoint === 'networks' ? 'networks' : 'images', `/${endpoint}`, limits], () => (elements += 1));
      return elements;
    },
    // With `verbose` API 1.52 leaves out what it says twice otherwise.
    diskUsage: (type, limits) => get('disk', '/system/df', limits, type === undefined ? {} : { type, verbose: '1' }),
    openEvents: (since, onEvent, limits) =>
      counter.count('events', async () => {
        if (isClosed) throw new EngineError('cancelled', 'GET /events: the client is closed');
        return openEvents(route, since, onEvent, limits, bodyLimits('events'));
      }),
    pastEvents: (since, until, limits) =>
      counter.count('events', () => pastEvents(route, since, until, limits, bodyLimits('events'))),
    calls: counter.totals,
    close: () => {
      isClosed = true;
      connections.destroy();
    },
  };
}

/** The container's id: `Id` in an inspection and in Podman's stats, `id` in Docker's; undefined where there is none. */
function idIn(answer: unknown): unknown {
  return isObject(answer) ? (answer['Id'] ?? answer['id']) : undefined;
}

/** Undefined for an empty body. */
function parseJson(path: string, body: string, maxTextLength: number): unknown {
  if (body.trim() === '') return undefined;
  try {
    return boundTexts(JSON.parse(body), maxTextLength);
  } catch {
    throw new EngineError('malformed', `GET ${path}: the answer is not JSON`);
  }
}

/** Null is an empty list in Go's JSON. */
function numberOfVolumes(answer: unknown): number {
  const { Volumes: volumes }: VolumeList = isObject(answer) ? answer : {};
  if (volumes === null) return 0;
  if (Array.isArray(volumes)) return volumes.length;
  throw new EngineError('malformed', 'GET /volumes: the answer is not what the API promises');
}
