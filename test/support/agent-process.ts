import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import { type Exposition, parseExposition } from './exposition.ts';
import { firstLook } from './first-look.ts';
import { type Answer, send } from './http.ts';
import { type Exit, startProcess } from './process.ts';

export interface AgentOptions {
  /** Flags after `--server.port 0 --server.address 127.0.0.1`. */
  readonly args?: readonly string[];
  /** Added to PATH and HOME, all that the agent inherits. */
  readonly env?: Readonly<Record<string, string>>;
  /** What to start instead of `node lib/main.ts`. */
  readonly command?: readonly [string, ...string[]];
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface AgentProcess {
  readonly pid: number;
  readonly port: number;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** One scrape of /metrics, parsed. Rejects unless it is a well-formed 200. */
  metrics(): Promise<Exposition>;
  /** Every line written to stdout so far. Throws when one is not JSON. */
  log(): readonly LogLine[];
  stderr(): string;
  /** Ends it with the signal, SIGTERM by default. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
}

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Starts the agent on a free port and waits until it listens and has looked at the engine. Rejects with its output when it ends before. */
export async function startAgent({ args = [], env = {}, command }: AgentOptions = {}): Promise<AgentProcess> {
  const { PATH, HOME } = process.env;
  const [executable, ...first] = command ?? [process.execPath, 'lib/main.ts'];
  const child = await startProcess(
    executable,
    [...first, '--server.port', '0', '--server.address', '127.0.0.1', ...args],
    {
      cwd: repository,
      env: { PATH, HOME, ...env },
    },
  );

  const log = (): readonly LogLine[] => {
    const lines = child.stdout().split('\n').slice(0, -1);
    return lines.map((line): LogLine => JSON.parse(line));
  };
  const port = await eventually('the agent listens', () => (child.isRunning() ? portOf(log()) : -1), {
    within: 20_000,
  }).catch(() => -1);
  if (port === -1) {
    const exit = await child.stop('SIGKILL');
    throw new Error(`the agent did not start (${JSON.stringify(exit)}):\n${child.stdout()}${child.stderr()}`);
  }

  await firstLook(log);
  const get = (path: string, headers = {}): Promise<Answer> => send({ host: '127.0.0.1', port, path, headers });
  return {
    pid: child.pid,
    port,
    get,
    metrics: async () => {
      const { status, body } = await get('/metrics');
      if (status !== 200) throw new Error(`/metrics answered ${status}: ${body.toString()}`);
      return parseExposition(body.toString());
    },
    log,
    stderr: child.stderr,
    stop: child.stop,
  };
}

function portOf(lines: readonly LogLine[]): number | undefined {
  const port = lines.find(({ message }) => message === 'listening')?.['port'];
  return typeof port === 'number' ? port : undefined;
}
