import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { send } from './http.ts';
import { run, startProcess } from './process.ts';

/** One series of an instant query: Unix seconds and value. */
export interface InstantSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** One series of a range: Unix seconds and value of each point. */
export interface RangeSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

export interface Target {
  readonly health: string;
  readonly lastError: string;
  /** RFC 3339. */
  readonly lastScrape: string;
}

export interface Prometheus {
  readonly port: number;
  /** An instant query, at a Unix time in seconds or now. */
  query(expression: string, time?: number): Promise<readonly InstantSeries[]>;
  /** The samples as scraped of a range vector such as `up[1m]`, ending at a Unix time in seconds or now. */
  samples(rangeVector: string, time?: number): Promise<readonly RangeSeries[]>;
  queryRange(expression: string, start: number, end: number, step: number): Promise<readonly RangeSeries[]>;
  targets(): Promise<readonly Target[]>;
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** In YAML or JSON. */
  readonly config: string;
  /** The system's where none is given. */
  readonly binary?: string;
  readonly args?: readonly string[];
}

/** Starts a Prometheus server with a configuration on a free port and an empty storage. */
export async function startPrometheus({
  config,
  binary = 'prometheus',
  args = [],
}: PrometheusOptions): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'exporter-prometheus-'));
  const configFile = join(folder, 'prometheus.yml');
  await writeFile(configFile, config);
  const server = await startProcess(binary, [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
    ...args,
  ]);
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };

  try {
    const listens = (): number | undefined => {
      if (!server.isRunning()) throw new Error(server.stderr());
      const [, port] = /msg="Listening on".* address=\S+:(\d+)/.exec(server.stderr()) ?? [];
      // The two lines come in any order.
      return server.stderr().includes('Server is ready to receive web requests') && port ? Number(port) : undefined;
    };
    const port = await eventually('Prometheus is ready', listens, { within: 60_000 });
    const ask = async <T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> => {
      const query = new URLSearchParams(parameters).toString();
      const { body } = await send({ host: '127.0.0.1', port, path: `/api/v1/${path}?${query}` });
      const answer: { status: string; error?: string; data: T } = JSON.parse(body.toString());
      if (answer.status !== 'success') throw new Error(`Prometheus refused ${query}: ${answer.error}`);
      return answer.data;
    };
    const instant = async <T>(query: string, time?: number): Promise<T> => {
      const at = time === undefined ? {} : { time: String(time) };
      return (await ask<{ result: T }>('query', { query, ...at })).result;
    };
    return {
      port,
      query: instant<readonly InstantSeries[]>,
      samples: instant<readonly RangeSeries[]>,
      queryRange: async (query, start, end, step) => {
        const range = { start: String(start), end: String(end), step: String(step) };
        return (await ask<{ result: readonly RangeSeries[] }>('query_range', { query, ...range })).result;
      },
      targets: async () => (await ask<{ activeTargets: readonly Target[] }>('targets')).activeTargets,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs promtool on what is given as its stdin and returns what it wrote to stdout. Rejects with stderr when it fails. */
export function promtool(args: readonly string[], input = ''): Promise<string> {
  return run('promtool', args, { input });
}
