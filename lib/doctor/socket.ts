import { type Stats, statSync } from 'node:fs';
import type { Finding } from './finding.ts';

/** The numeric ids of a process, by which the kernel grants access. */
export interface Identity {
  readonly user: number;
  /** The primary group and the supplementary ones. */
  readonly groups: readonly number[];
}

/** What access to a socket depends on. */
export type Ownership = Pick<Stats, 'uid' | 'gid' | 'mode'>;

/** Of this process. */
export function ownIdentity(): Identity {
  // Only Windows has none of these, and no unix socket either.
  return {
    user: process.geteuid?.() ?? 0,
    groups: [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])],
  };
}

/** Whether the mode permits reading and writing, which connecting needs. Root may always. */
export function mayUse({ uid, gid, mode }: Ownership, { user, groups }: Identity): boolean {
  if (user === 0) return true;
  const shift = user === uid ? 6 : groups.includes(gid) ? 3 : 0;
  return ((mode >> shift) & 0o6) === 0o6;
}

/** Checks the socket's file: whether it is one, its owner, and what to set so that a process may use it. */
export function checkSocket(path: string, identity: Identity): Finding {
  const subject = `socket ${path}`;
  let file: Stats;
  try {
    file = statSync(path);
  } catch (error) {
    return missingSocket(subject, error, identity);
  }
  if (!file.isSocket()) {
    const advice = file.isDirectory() ? ['Docker creates a directory when a path to mount does not exist'] : [];
    return { level: 'fail', subject, text: `is a ${file.isDirectory() ? 'directory' : 'file'}, not a socket`, advice };
  }
  if (file.nlink === 0) return staleSocket(subject);
  return describeSocket(subject, file, identity);
}

/** The finding for a socket of that owner, group and mode. */
export function describeSocket(subject: string, file: Ownership, identity: Identity): Finding {
  const mode = (file.mode & 0o777).toString(8).padStart(4, '0');
  const facts = `user ${file.uid}, group ${file.gid}, mode ${mode}`;
  if (mayUse(file, identity)) return { level: 'ok', subject, text: facts, advice: accessAdvice(file) };
  const who = `user ${identity.user} in the groups ${[...new Set(identity.groups)].join(', ')}`;
  const advice = [...accessAdvice(file), ...hostAdvice(file)];
  return { level: 'fail', subject, text: `${facts}: no access for ${who}`, advice };
}

/** A mount keeps what was mounted: the socket of a daemon that has deleted it and created another. */
function staleSocket(subject: string): Finding {
  return {
    level: 'fail',
    subject,
    text: 'is an old one: the daemon deleted it after it was mounted here, and created a new one',
    advice: [
      'restart this container',
      'to have new sockets found, mount the folder: --volume /var/run:/run/docker-engine:ro --env DOCKER_HOST=unix:///run/docker-engine/docker.sock',
    ],
  };
}

function missingSocket(subject: string, error: unknown, { user }: Identity): Finding {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES') {
    return { level: 'fail', subject, text: `user ${user} cannot traverse a parent directory` };
  }
  return {
    level: 'fail',
    subject,
    text: 'no such file',
    advice: [
      'is the daemon running? docker: systemctl status docker; Podman: systemctl enable --now podman.socket',
      'in a container it must be mounted: docker run --volume /var/run/docker.sock:/var/run/docker.sock:ro',
      'elsewhere? rootless Docker: $XDG_RUNTIME_DIR/docker.sock; Podman: /run/podman/podman.sock; set DOCKER_HOST',
    ],
  };
}

/** What to do on a host without containers, where the socket belongs to a group for it. */
function hostAdvice({ gid, mode }: Ownership): string[] {
  if (gid === 0 || (mode & 0o060) !== 0o060) return [];
  return [
    `without a container: sudo usermod -aG docker USER (the group with id ${gid}), and log in again; systemd: SupplementaryGroups=docker`,
  ];
}

/** What to set so that an unprivileged process may use the socket. */
function accessAdvice({ uid, gid, mode }: Ownership): string[] {
  if ((mode & 0o006) === 0o006) return ['every user may use it'];
  if ((mode & 0o060) === 0o060) {
    return [`docker run --group-add ${gid}; compose group_add: ["${gid}"]; Kubernetes supplementalGroups: [${gid}]`];
  }
  return [`only its owner may use it: docker run --user ${uid}; Kubernetes runAsUser: ${uid}`];
}
