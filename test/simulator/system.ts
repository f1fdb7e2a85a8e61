import type { SimulatedContainer } from './container.ts';
import { imageId, networkId } from './identity.ts';
import type { Profile } from './profile.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** The body of `/info`: the host and how many containers are in which state. */
export function information({ kind, host }: Profile, containers: SimulatedContainer[], now: number): object {
  const statuses = containers.map(({ status }) => status);
  const running = statuses.filter((status) => status === 'running').length;
  const paused = statuses.filter((status) => status === 'paused').length;
  const exited = statuses.filter((status) => status === 'exited').length;
  return {
    ...host,
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    // Docker calls everything else stopped, created and restarting ones too; Podman only what has ended.
    ContainersStopped: kind === 'podman' ? exited : containers.length - running - paused,
    Images: new Set(containers.map(({ image }) => image)).size,
    // To the end of the millisecond, so that it is later than the events within.
    SystemTime: new Date(now).toISOString().replace('Z', '999Z'),
  };
}

/** What the containers were made from, what they write to, and what they are attached to beside the engine's own. */
export const namesOf = {
  image: (containers: readonly SimulatedContainer[]) => [...new Set(containers.map(({ image }) => image))],
  volume: (containers: readonly SimulatedContainer[]) =>
    containers.filter(({ load }) => load.written > 0).map(({ name }) => `${name}-data`),
  network: (containers: readonly SimulatedContainer[]) => {
    const names = new Set(containers.flatMap((container) => container.networks));
    return [...names].filter((name) => !['bridge', 'host', 'none'].includes(name));
  },
};

/** The body of `/images/json`: the images that the containers were made from. */
export function images(containers: readonly SimulatedContainer[]) {
  return namesOf.image(containers).map((reference) => ({
    Id: imageId(reference),
    ParentId: '',
    RepoTags: [reference],
    RepoDigests: [],
    Created: 1_733_000_000,
    Size: diskSizes.image,
    SharedSize: -1,
    Labels: null,
    Containers: -1,
  }));
}

/** The body of `/volumes`: one for each container that writes to disk. */
export function volumes(containers: readonly SimulatedContainer[]) {
  const Volumes = containers
    .filter(({ load }) => load.written > 0)
    .map(({ name, createdAt }) => ({
      CreatedAt: new Date(createdAt).toISOString(),
      Driver: 'local',
      Labels: null,
      Mountpoint: `/var/lib/docker/volumes/${name}-data/_data`,
      Name: `${name}-data`,
      Options: null,
      Scope: 'local',
    }));
  return { Volumes, Warnings: null };
}

export const allTypes: readonly string[] = ['image', 'container', 'volume', 'build-cache'];

/** What the simulated things take up, in bytes. */
export const diskSizes = { image: 48 * MIB, writableLayer: 20 * KIB, volume: 64 * MIB } as const;

/** The body of `/system/df` up to API 1.51: what is not among the types is null. */
export function diskUsage(containers: readonly SimulatedContainer[], types: readonly string[]): object {
  const of = <T>(type: string, list: () => T): T | null => (types.includes(type) ? list() : null);
  const { Volumes } = volumes(containers);
  return {
    LayersSize: of('image', () => diskSizes.image * images(containers).length) ?? 0,
    Images: of('image', () =>
      images(containers).map(({ RepoTags: tags, Size }) => ({
        RepoTags: tags,
        Size,
        SharedSize: 0,
        Containers: containers.filter(({ image }) => tags.includes(image)).length,
      })),
    ),
    Containers: of('container', () =>
      containers.map(({ id, status, startedAt }) => ({
        Id: id,
        State: status,
        ...(startedAt === undefined ? {} : { SizeRw: diskSizes.writableLayer }),
      })),
    ),
    Volumes: of('volume', () =>
      Volumes.map(({ Name, Driver, Labels }) => ({
        Name,
        Driver,
        Labels,
        UsageData: { RefCount: 1, Size: diskSizes.volume },
      })),
    ),
    BuildCache: of('build-cache', () => []),
  };
}

/** The body of `/networks`: the engine's own three and those of the containers. */
export function networks(containers: SimulatedContainer[]): object[] {
  return ['bridge', 'host', 'none', ...namesOf.network(containers)].map((name) => ({
    Name: name,
    Id: networkId(name),
    Scope: 'local',
    Driver: name === 'host' ? 'host' : name === 'none' ? 'null' : 'bridge',
    EnableIPv6: false,
    Internal: false,
    Attachable: false,
    Ingress: false,
    Containers: {},
    Options: {},
    Labels: {},
  }));
}
