import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { send } from './http.ts';
import { startProcess } from './process.ts';
import { socketProxyConfiguration } from './socket-proxy-config.ts';

/** A proxy before an engine's socket that lets through what it is told to, and answers 403 to the rest. */
export interface SocketProxy {
  readonly socketPath: string;
  /** Ready for `--docker.host`. */
  readonly host: string;
  /** What it has logged so far. */
  readonly log: () => string;
  stop(): Promise<void>;
}

/**
 * Starts haproxy as tecnativa/docker-socket-proxy does, with these variables: names of those that are 1, or all with
 * their values. Needs the haproxy command.
 */
export async function startSocketProxy(
  enginePath: string,
  variables: readonly string[] | Readonly<Record<string, string | number>>,
): Promise<SocketProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'socket-proxy-'));
  const socketPath = join(folder, 'proxy.sock');
  const configuration = join(folder, 'haproxy.cfg');
  await writeFile(configuration, socketProxyConfiguration(`unix@${socketPath}`, `unix@${enginePath}`));
  const named = Array.isArray(variables)
    ? variables.map((name: string) => [name, 1] as const)
    : Object.entries(variables);
  const env = Object.fromEntries(named.map(([name, value]) => [name, String(value)]));
  const haproxy = await startProcess('haproxy', ['-db', '-f', configuration], {
    env: { PATH: process.env['PATH'], LOG_LEVEL: 'info', ...env },
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
  return { socketPath, host: `unix://${socketPath}`, log: haproxy.stdout, stop };
}
