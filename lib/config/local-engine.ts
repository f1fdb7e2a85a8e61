import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseDockerHost } from './docker-host.ts';
import { readTextFile } from './files.ts';

/** An engine of this machine that nobody had to name. */
export interface LocalEngine {
  /** As docker.host has it. */
  readonly host: string;
  /** Whose it is, for people. */
  readonly owner: string;
}

/**
 * Looks for an engine where docker.host is not set: first the socket of the docker CLI's current context, whether it is
 * there or not, as for the CLI; then the sockets of engines, of which the first that is there counts. Undefined where
 * that is the default, or where there is none. Never throws.
 */
export function findLocalEngine(env: NodeJS.ProcessEnv, isSocket = isSocketFile): LocalEngine | undefined {
  const chosen = contextEngine(env);
  if (chosen !== undefined) return chosen;
  const found = knownSockets(env).find(({ path }) => isSocket(path));
  return found?.owner === undefined ? undefined : { host: `unix://${found.path}`, owner: found.owner };
}

function knownSockets({ HOME, XDG_RUNTIME_DIR }: NodeJS.ProcessEnv) {
  const under = (folder: string | undefined, file: string, owner: string) =>
    folder ? [{ path: join(folder, file), owner }] : [];
  return [
    { path: '/var/run/docker.sock', owner: undefined },
    ...under(XDG_RUNTIME_DIR, 'docker.sock', 'rootless Docker'),
    ...under(HOME, '.docker/run/docker.sock', 'Docker Desktop'),
    ...under(HOME, '.docker/desktop/docker.sock', 'Docker Desktop'),
    ...under(HOME, '.colima/default/docker.sock', 'Colima'),
    ...under(HOME, '.orbstack/run/docker.sock', 'OrbStack'),
    ...under(XDG_RUNTIME_DIR, 'podman/podman.sock', 'rootless Podman'),
    { path: '/run/podman/podman.sock', owner: 'Podman' },
  ];
}

/** A context on another machine is left to docker.host: it may come with certificates of its own. */
function contextEngine(env: NodeJS.ProcessEnv): LocalEngine | undefined {
  const folder = env.DOCKER_CONFIG || (env.HOME && join(env.HOME, '.docker'));
  if (!folder) return undefined;
  const name = env.DOCKER_CONTEXT || textAt(join(folder, 'config.json'), 'currentContext');
  if (name === undefined) return undefined;
  const id = createHash('sha256').update(name).digest('hex');
  const host = textAt(join(folder, 'contexts/meta', id, 'meta.json'), 'Endpoints', 'docker', 'Host');
  if (!host?.startsWith('unix://')) return undefined;
  try {
    return { host: parseDockerHost(host), owner: `context ${name} of the docker CLI` };
  } catch {
    return undefined;
  }
}

/** The text under some keys of a JSON file; undefined where it is not there. */
function textAt(file: string, ...keys: readonly string[]): string | undefined {
  try {
    const value = keys.reduce<unknown>((node, key) => Object(node)[key], JSON.parse(readTextFile(file)));
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function isSocketFile(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    return false;
  }
}
