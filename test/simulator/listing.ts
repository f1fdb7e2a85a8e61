import { attachments, imageId } from './identity.ts';
import type { SimulatedContainer } from './container.ts';
import type { EngineKind } from './profile.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** The `Status` text of a list entry as Docker words it, for example `Up 3 hours (healthy)`. */
export function statusText(container: SimulatedContainer, now: number): string {
  const up = `Up ${humanDuration(now - (container.startedAt ?? now))}`;
  const ended = `(${container.exitCode}) ${humanDuration(now - (container.finishedAt ?? now))} ago`;
  switch (container.status) {
    case 'running':
      if (container.health === undefined) return up;
      return `${up} (${container.health === 'starting' ? 'health: starting' : container.health})`;
    case 'paused':
      return `${up} (Paused)`;
    case 'restarting':
      return `Restarting ${ended}`;
    case 'created':
      return 'Created';
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    case 'exited':
      break;
  }
  return `Exited ${ended}`;
}

/** A duration in milliseconds in the words of Docker's units package. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / SECOND);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.floor(milliseconds / HOUR + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  const days = Math.floor(hours / 24);
  if (days < 14) return `${days} days`;
  if (days < 60) return `${Math.floor(days / 7)} weeks`;
  if (days < 730) return `${Math.floor(days / 30)} months`;
  return `${Math.floor(days / 365)} years`;
}

/** One entry of `/containers/json`. */
export function listEntry(kind: EngineKind, container: SimulatedContainer, now: number): object {
  const entry = {
    Id: container.id,
    Names: [`/${container.name}`],
    Image: container.image,
    ImageID: imageId(container.image),
    Command: container.command,
    Created: Math.floor(container.createdAt / SECOND),
    Ports: [],
    Labels: container.labels,
    State: container.status,
    Status: statusText(container, now),
    NetworkSettings: { Networks: attachments(container) },
    Mounts: [],
  };
  return kind === 'podman' ? entry : { ...entry, HostConfig: { NetworkMode: container.networkMode } };
}
