import { hasProcesses, hexadecimal } from './containers.ts';
import type { ContainerStore, SimulatedContainer } from './containers.ts';
import { createContainerAnswers, timestamp } from './container-answers.ts';
import type { EventLog } from './events.ts';
import type { Recording } from './recording.ts';
import { isOlder } from './routes.ts';

/** An engine as the server sees it: the bodies of its answers, ready to send. */
export interface Engine {
  readonly apiVersion: string;
  readonly minimumApiVersion: string;
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly events: EventLog;
  /** Unix milliseconds. */
  now(): number;
  /** The id of the container that is given by its id, 12-character id or name. */
  find(reference: string): string | undefined;
  /** Whether it runs or is paused. */
  hasProcesses(id: string): boolean;
  version(): string;
  info(): string;
  images(): string;
  volumes(): string;
  networks(): string;
  /** No types stand for all. */
  diskUsage(types: readonly string[]): string;
  list(all: boolean): string;
  inspect(id: string): string;
  /** A sample of now. */
  stats(id: string): string;
}

/** Engines whose answers the simulator can give. Docker on cgroup v2 is the usual one today. */
export type EngineKind = 'docker-cgroup1' | 'docker-cgroup2' | 'podman';

/** What the simulated things take up, in bytes. */
export const diskSizes = { image: 48 * 2 ** 20, writableLayer: 20 * 2 ** 10, volume: 64 * 2 ** 20 } as const;

/** What containers were made from, what they write to, and what they are attached to beside the engine's own networks. */
export const namesOf = {
  image: (containers: readonly SimulatedContainer[]) => [...new Set(containers.map(({ image }) => image))],
  volume: (containers: readonly SimulatedContainer[]) => containers.map(({ name }) => `${name}-data`),
  network: (containers: readonly SimulatedContainer[]) =>
    [...new Set(containers.flatMap(({ networks }) => networks))].filter((name) => name !== 'bridge'),
};

/** A Docker that answers stats at once, as all do from 25 on. */
const AT_ONCE = { release: '27.3.1', apiVersion: '1.47', minimumApiVersion: '1.24' };

export interface EngineParts {
  kind: EngineKind;
  ticking: boolean;
  /** Of an engine of that kind: what does not follow from the containers is answered as recorded. */
  recording: Recording;
  store: ContainerStore;
  events: EventLog;
  /** Unix milliseconds. */
  clock: () => number;
}

/** Makes an engine that has a store's containers. */
export function createEngine({ kind, ticking, recording, store, events, clock }: EngineParts): Engine {
  const recorded = parseRecording(recording);
  const isNewer = kind !== 'podman' && !ticking;
  const { apiVersion, minimumApiVersion } = isNewer
    ? AT_ONCE
    : { apiVersion: recorded.version.ApiVersion, minimumApiVersion: recorded.version.MinAPIVersion };
  const release = isNewer ? AT_ONCE.release : recorded.info.ServerVersion;
  const server = isNewer ? { 'Api-Version': apiVersion, Server: `Docker/${release} (linux)` } : {};
  const answers = createContainerAnswers(kind, recording, recorded.info.MemTotal);

  function get(id: string): SimulatedContainer {
    const container = store.find(id);
    if (container === undefined) throw new Error(`No such container: ${id}`);
    return container;
  }

  function inStatus(...statuses: readonly string[]): number {
    return store.all().filter(({ status }) => statuses.includes(status)).length;
  }

  function imageOf(reference: string) {
    const Id = `sha256:${hexadecimal(reference)}`;
    return { ...recorded.image, Id, RepoTags: [reference], Size: diskSizes.image, SharedSize: 0, Containers: 1 };
  }

  function volumeOf(Name: string) {
    return { ...recorded.volume, Name, Labels: null, UsageData: { RefCount: 1, Size: diskSizes.volume } };
  }

  function networkOf(Name: string) {
    return { ...recorded.network, Id: hexadecimal(Name), Name };
  }

  function diskUsageOf({ id, status, startedAt }: SimulatedContainer) {
    return { Id: id, State: status, SizeRw: startedAt === undefined ? undefined : diskSizes.writableLayer };
  }

  const images = () => namesOf.image(store.all()).map(imageOf);
  const volumes = () => namesOf.volume(store.all()).map(volumeOf);

  return {
    apiVersion,
    minimumApiVersion,
    headers: { ...recording.headers, ...server },
    events,
    now: clock,
    find: (reference) => store.find(reference)?.id,
    hasProcesses: (id) => hasProcesses(get(id)),
    version: () =>
      JSON.stringify({
        ...recorded.version,
        Version: release,
        ApiVersion: apiVersion,
        MinAPIVersion: minimumApiVersion,
      }),
    info: () =>
      JSON.stringify({
        ...recorded.info,
        Name: 'simulated-engine',
        ServerVersion: release,
        Containers: store.all().length,
        ContainersRunning: inStatus('running'),
        ContainersPaused: inStatus('paused'),
        // Docker calls everything else stopped; Podman only what has ended.
        ContainersStopped: kind === 'podman' ? inStatus('exited') : inStatus('created', 'restarting', 'exited'),
        Images: images().length,
        // To the end of the millisecond, so that it is later than the events within.
        SystemTime: timestamp(clock()).replace('Z', '999Z'),
      }),
    images: () => JSON.stringify(images()),
    volumes: () => JSON.stringify({ Volumes: volumes(), Warnings: null }),
    networks: () => JSON.stringify(['bridge', 'host', 'none', ...namesOf.network(store.all())].map(networkOf)),
    diskUsage(types) {
      // Up to API 1.51 what is not among the types is null.
      const of = (type: string, list: () => object[]) =>
        types.length === 0 || isOlder(apiVersion, '1.42') || types.includes(type) ? list() : null;
      return JSON.stringify({
        LayersSize: diskSizes.image * namesOf.image(store.all()).length,
        Images: of('image', images),
        Containers: of('container', () => store.all().map(diskUsageOf)),
        Volumes: of('volume', volumes),
        BuildCache: of('build-cache', () => []),
      });
    },
    list(all) {
      const shown = store.all().filter(({ status }) => all || !['created', 'exited'].includes(status));
      return JSON.stringify(shown.toReversed().map((container) => answers.listEntry(container)));
    },
    inspect: (id) => answers.inspection(get(id)),
    stats: (id) => answers.stats(get(id), clock()),
  };
}

interface Recorded {
  version: { ApiVersion: string; MinAPIVersion: string };
  info: { ServerVersion: string; MemTotal: number };
  image: object | undefined;
  volume: object | undefined;
  network: object | undefined;
}

function parseRecording({ version, info, images, volumes, networks }: Recording): Recorded {
  const [image]: object[] = JSON.parse(images);
  const [network]: object[] = JSON.parse(networks);
  const { Volumes }: { Volumes: object[] | null } = JSON.parse(volumes);
  return { version: JSON.parse(version), info: JSON.parse(info), image, volume: Volumes?.[0], network };
}
