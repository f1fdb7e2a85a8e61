import { type MemoryShare, createMemoryBudget } from '../memory-budget.ts';
import type { EngineInfo } from './api.ts';
import { type EngineAddress, connectionsTo } from './address.ts';
import { type BodyReader, countReader, elementsReader, textReader } from './body.ts';
import { type Answer, type CallLimits, call, firstWords, modemFor } from './call.ts';
import { type EngineCallTotals, createCallCounter } from './call-totals.ts';
import { type Engine, type EngineIdentity, clockFromDate, clockFromTime, engineFromHeaders } from './engine.ts';
import { EngineError } from './errors.ts';
import { truncateStrings, defaultMaxTextLength } from './truncate-strings.ts';
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
  info(limits: CallLimits): Promise<EngineIdentity & { readonly answer: EngineInfo }>;
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
  /** What answers may take while they are read; by the memory limit if left out. */
  readonly answers?: MemoryShare;
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
  { maxTextLength = defaultMaxTextLength, answers = createMemoryBudget().answers, now }: ClientOptions = {},
): Promise<DockerClient> {
  const connections = connectionsTo(address);
  const bodyLimits = { answers, maxTextLength };
  const route = { connections, modem: modemFor(apiVersion), bodyLimits };

  const counter = createCallCounter(now);
  let isClosed = false;

  const ask = <Body>(
    path: string,
    limits: CallLimits,
    parse: (text: string) => Body,
    query: Record<string, string> = {},
  ): Promise<Answer<Body>> => call(route, path, query, limits, textReader(path, bodyLimits, parse));

  const askForJson = (path: string, limits: CallLimits, query?: Record<string, string>): Promise<Answer<unknown>> =>
    ask(path, limits, (text) => parseJson(path, text, maxTextLength), query);

  /** Asks about one container. Rejects where the answer carries the id of another one; some engines leave it out. */
  const askForContainer = async (
    id: string,
    what: 'json' | 'stats',
    limits: CallLimits,
    query?: Record<string, string>,
  ): Promise<unknown> => {
    const path = `/containers/${encodeURIComponent(id)}/${what}`;
    const { body } = await askForJson(path, limits, query);
    const answeredId = idIn(body);
    if (answeredId !== undefined && answeredId !== id)
      throw new EngineError('malformed', `GET ${path}: the answer is about another container`);
    return body;
  };

  /** Reads a list element by element, so that it is never in memory as a whole. */
  const askForList = async <Body>(
    path: string,
    limits: CallLimits,
    reader: BodyReader<Body>,
    query: Record<string, string> = {},
  ): Promise<Body> => {
    try {
      return (await call(route, path, query, limits, reader)).body;
    } catch (error) {
      throw error instanceof EngineError ? error : new EngineError('malformed', `GET ${path}: no JSON list`);
    }
  };

  const identify = (limits: CallLimits): Promise<EngineIdentity> =>
    counter.count('ping', async () => {
      const { headers } = await ask('/_ping', limits, checkPing);
      return { engine: engineFromHeaders(headers, apiVersion), clock: clockFromDate(headers) };
    });

  return {
    ping: async (limits) => (await identify(limits)).engine,
    identify,
    info: (limits) =>
      counter.count('info', async () => {
        const { headers, body: answer } = await askForJson('/info', limits);
        if (!isObject(answer)) throw new EngineError('malformed', 'GET /info: unexpected response shape');
        const clock = clockFromTime(answer['SystemTime']);
        return { engine: engineFromHeaders(headers, apiVersion), clock, answer };
      }),
    listContainers: (limits, onElement) =>
      counter.count('list', () => {
        const path = '/containers/json';
        const reader = elementsReader(path, bodyLimits, (text) =>
          onElement(text === undefined ? undefined : truncateStrings(JSON.parse(text), maxTextLength)),
        );
        return askForList(path, limits, reader, { all: '1' });
      }),
    inspectContainer: (id, limits) => counter.count('inspect', () => askForContainer(id, 'json', limits)),
    containerStats: (id, limits) =>
      counter.count('stats', () => askForContainer(id, 'stats', limits, { stream: 'false', 'one-shot': 'true' })),
    count: (endpoint, limits) =>
      counter.count(endpoint === 'images/json' ? 'images' : endpoint, () => {
        const path = `/${endpoint}`;
        return askForList(path, limits, countReader(path, bodyLimits, endpoint === 'volumes' ? 'Volumes' : undefined));
      }),
    // With `verbose` API 1.52 leaves out what it says twice otherwise.
    diskUsage: (type, limits) =>
      counter.count(
        'disk',
        async () => (await askForJson('/system/df', limits, type === undefined ? {} : { type, verbose: '1' })).body,
      ),
    openEvents: (since, onEvent, limits) =>
      counter.count('events', async () => {
        if (isClosed) throw new EngineError('cancelled', 'GET /events: the client is closed');
        return openEvents(route, since, onEvent, limits);
      }),
    pastEvents: (since, until, limits) => counter.count('events', () => pastEvents(route, since, until, limits)),
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

/** What every engine says to a ping, and no web server does. */
function checkPing(body: string): void {
  if (body.trim() !== 'OK') throw new EngineError('malformed', `GET /_ping: not answered with OK${firstWords(body)}`);
}

/** Undefined for an empty body. */
function parseJson(path: string, body: string, maxTextLength: number): unknown {
  if (body.trim() === '') return undefined;
  try {
    return truncateStrings(JSON.parse(body), maxTextLength);
  } catch {
    // Broken JSON may be an inspection, whose arguments nobody else should read.
    const words = /^\s*[[{]/.test(body) ? '' : firstWords(body);
    throw new EngineError('malformed', `GET ${path}: the answer is not JSON${words}`);
  }
}
