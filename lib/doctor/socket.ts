import { type Stats, statSync } from 'node:fs';
import type { Finding } from './finding.ts';

/** Who asks for access: the numeric ids of a process. */
export interface Identity {
  readonly user: number;
  /** The primary group and the supplementary ones. */
  readonly groups: readonly number[];
}

/** What decides who may use a socket. */
export type Ownership = Pick<Stats, 'uid' | 'gid' | 'mode'>;

/** This process, for the kernel. */
export function ownIdentity(): Identity {
  // Only Windows has none of these, and no unix socket of Docker's either.
  return {
    user: process.geteuid?.() ?? 0,
    groups: [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])],
  };
}

/** Whether the mode lets somebody read and write, which connecting needs. The user 0 is let in by every mode. */
export function mayUse({ uid, gid, mode }: Ownership, { user, groups }: Identity): boolean {
  if (user === 0) return true;
  const shift = user === uid ? 6 : groups.includes(gid) ? 3 : 0;
  return ((mode >> shift) & 0o6) === 0o6;
}

/** Looks at the socket's file: is it one, whose is it, and what has to be set so that a process may use it. */
export function checkSocket(path: string, identity: Identity): Finding {
  const subject = `socket ${path}`;
  let file: Stats;
  try {
    file = statSync(path);
  } catch (error) {
    return unseen(subject, error, identity);
  }
  if (!file.isSocket()) {
    const advice = file.isDirectory()
      ? ['Docker makes a directory where it is told to mount a path that is not there']
      : [];
    return { level: 'fail', subject, text: `is no socket but a ${file.isDirectory() ? 'directory' : 'file'}`, advice };
  }
  return describeSocket(subject, file, identity);
}

/** The finding for a socket of that owner, group and mode. */
export function describeSocket(subject: string, file: Ownership, identity: Identity): Finding {
  const mode = (file.mode & 0o777).toString(8).padStart(4, '0');
  const facts = `user ${file.uid}, group ${file.gid}, mode ${mode}`;
  if (mayUse(file, identity)) return { level: 'ok', subject, text: facts, advice: waysIn(file) };
  const who = `user ${identity.user} in the groups ${[...new Set(identity.groups)].join(', ')}`;
  return { level: 'fail', subject, text: `${facts}: no access for ${who}`, advice: waysIn(file) };
}

function unseen(subject: string, error: unknown, { user }: Identity): Finding {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES') {
    return { level: 'fail', subject, text: `user ${user} may not enter one of the directories that lead to it` };
  }
  return {
    level: 'fail',
    subject,
    text: 'there is no such file',
    advice: [
      'is the daemon running? docker: systemctl status docker; Podman: systemctl enable --now podman.socket',
      'in a container it has to be mounted: docker run --volume /var/run/docker.sock:/var/run/docker.sock:ro',
      'elsewhere? rootless Docker: $XDG_RUNTIME_DIR/docker.sock; Podman: /run/podman/podman.sock; name it in DOCKER_HOST',
    ],
  };
}

/** What to set so that a process without further rights may use the socket. */
function waysIn({ uid, gid, mode }: Ownership): string[] {
  if ((mode & 0o006) === 0o006) return ['everybody may use it'];
  if ((mode & 0o060) === 0o060) {
    return [`docker run --group-add ${gid}; compose group_add: ["${gid}"]; Kubernetes supplementalGroups: [${gid}]`];
  }
  return [`only its user may use it: docker run --user ${uid}; Kubernetes runAsUser: ${uid}`];
}
