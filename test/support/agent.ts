import { Writable } from 'node:stream';
import winston from 'winston';
import { type Agent, startAgent } from '../../lib/agent.ts';
import { type LoadedSettings, loadSettings } from '../../lib/config/settings.ts';
import { type Exposition, parseExposition } from './exposition.ts';
import { firstLook } from './first-look.ts';
import { testBuild } from './pipeline.ts';

export interface TestAgent extends Agent {
  readonly log: readonly { readonly level: string; readonly message: string; readonly [field: string]: unknown }[];
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** One scrape of /metrics, parsed. */
  metrics(headers?: Readonly<Record<string, string>>): Promise<Exposition>;
}

/** The agent within the test's own process, on a free port of 127.0.0.1. */
export async function startTestAgent(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<TestAgent> {
  const log: TestAgent['log'][number][] = [];
  const stream = new Writable({
    objectMode: true,
    write: (entry: TestAgent['log'][number], _, done) => {
      log.push(entry);
      done();
    },
  });
  const logger = winston.createLogger({
    level: 'debug',
    format: winston.format.json(),
    transports: [new winston.transports.Stream({ stream })],
  });
  const load = (): LoadedSettings =>
    loadSettings({ args: ['--server.port', '0', '--server.address', '127.0.0.1', ...args], env });
  const agent = await startAgent(load(), testBuild, logger, load);
  await firstLook(() => log);
  const get = (path: string, headers = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${agent.port}${path}`, { headers });
  return {
    ...agent,
    log,
    get,
    metrics: async (headers) => parseExposition(await (await get('/metrics', headers)).text()),
  };
}
