import type { SimulatedContainer } from './container.ts';
import { imageId, networkId } from './identity.ts';
import type { Profile } from './profile.ts';

const MIB = 1024 * 1024;

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
export function images(containers: SimulatedContainer[]): object[] {
  return namesOf.image(containers).map((reference) => ({
    Id: imageId(reference),
    ParentId: '',
    RepoTags: [reference],
    RepoDigests: [],
    Created: 1_733_000_000,
    Size: 48 * MIB,
    SharedSize: -1,
    Labels: null,
    Containers: -1,
  }));
}

/** The body of `/volumes`: one for each container that writes to disk. */
export function volumes(containers: SimulatedContainer[]): object {
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
