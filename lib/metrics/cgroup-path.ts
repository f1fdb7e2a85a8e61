import type { ContainerFacts, Snapshot } from '../snapshot/facts.ts';

/**
 * The path of a container's cgroup, which cAdvisor has as `id`: `/docker/ID` with the cgroupfs driver,
 * `/system.slice/docker-ID.scope` with systemd, each below the parent that the container was given. A parent that the
 * daemon gives to all (`--cgroup-parent`) is not in its API.
 */
export function cgroupPath(
  { id, cgroupParent = '' }: Pick<ContainerFacts, 'id' | 'cgroupParent'>,
  { engine, system }: Pick<Snapshot, 'engine' | 'system'>,
): string {
  const isPodman = engine.product === 'podman';
  if (system.engineInfo?.cgroupDriver === 'systemd') {
    const slice = cgroupParent || (isPodman ? 'machine.slice' : 'system.slice');
    return `${slicePath(slice)}/${isPodman ? 'libpod' : 'docker'}-${id}.scope`;
  }
  const parent = cgroupParent || (isPodman ? 'libpod_parent' : 'docker');
  return `/${parent.replaceAll(/^\/+|\/+$/g, '')}/${isPodman ? `libpod-${id}` : id}`;
}

/** systemd nests slices by the dashes in their names: `a-b.slice` lies in `a.slice`. */
function slicePath(slice: string): string {
  const words = slice.replace(/\.slice$/, '').split('-');
  return words.map((_, index) => `/${words.slice(0, index + 1).join('-')}.slice`).join('');
}
