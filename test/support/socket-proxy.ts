import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { send } from './http.ts';
import { startProcess } from './process.ts';

/** A proxy before an engine's socket that lets through what it is told to, and answers 403 to the rest. */
export interface SocketProxy {
  readonly socketPath: string;
  /** Ready for `--docker.host`. */
  readonly host: string;
  stop(): Promise<void>;
}

/** The variables of tecnativa/docker-socket-proxy that let an agent read, and the paths that each permits. */
const rules: Readonly<Record<string, string>> = {
  CONTAINERS: '/containers',
  EVENTS: '/events',
  IMAGES: '/images',
  INFO: '/info',
  NETWORKS: '/networks',
  PING: '/_ping',
  VERSION: '/version',
  VOLUMES: '/volumes',
};

/**
 * Starts haproxy with the same rules as in that image, for the same variables: those that are named are 1, all others
 * 0. Needs the haproxy command.
 */
export async function startSocketProxy(enginePath: string, variables: readonly string[]): Promise<SocketProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'socket-proxy-'));
  const socketPath = join(folder, 'proxy.sock');
  const configuration = join(folder, 'haproxy.cfg');
  await writeFile(configuration, haproxyConfiguration(enginePath, socketPath));
  const env = Object.fromEntries(Object.keys(rules).map((name) => [name, variables.includes(name) ? '1' : '0']));
  const haproxy = await startProcess('haproxy', ['-db', '-f', configuration], {
    env: { PATH: process.env['PATH'], POST: '0', ...env },
  });
  const stop = async (): Promise<void> => {
    await haproxy.stop();
    await rm(folder, { recursive: true });
  };
  try {
    await eventually('haproxy answers', async () => {
      if (!haproxy.isRunning()) throw new Error(haproxy.stderr());
      return (await send({ socketPath, path: '/' })).status === 403;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { socketPath, host: `unix://${socketPath}`, stop };
}

function haproxyConfiguration(enginePath: string, socketPath: string): string {
  const permitted = Object.entries(rules).map(
    ([name, path]) =>
      `  http-request allow if { path,url_dec -m reg -i ^(/v[\\d\\.]+)?${path} } { env(${name}) -m bool }`,
  );
  return `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend proxy
  bind unix@${socketPath}
  http-request deny unless METH_GET || { env(POST) -m bool }
${permitted.join('\n')}
  http-request deny
  default_backend engine
backend engine
  server engine unix@${enginePath}
`;
}
