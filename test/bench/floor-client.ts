/**
 * What the engine itself allows: a bare node:http client with kept connections that makes calls with the same bound as
 * the agent, and throws the bytes away. First the stats of every container alone, to tell their CPU; then all calls of
 * a scrape, to tell the time. Speaks JSON over IPC.
 */
import { Agent, get } from 'node:http';
import pLimit from 'p-limit';

export interface FloorOrder {
  readonly socketPath: string;
  /** On stats calls, and on the others. */
  readonly bound: number;
}

export interface FloorRun {
  readonly containers: number;
  /** Milliseconds of CPU that the stats calls alone took. */
  readonly cpu: number;
  /** Milliseconds from the first call of a scrape to its last answer. */
  readonly wall: number;
}

const { socketPath, bound } = JSON.parse(process.argv[2] ?? '{}') as FloorOrder;
const agent = new Agent({ keepAlive: true });
const limit = pLimit(bound);

function fetchBody(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
      response.on('error', reject);
    }).on('error', reject);
  });
}

async function list(): Promise<string[]> {
  const containers = JSON.parse(await limit(() => fetchBody('/containers/json?all=1'))) as readonly { Id: string }[];
  return containers.map(({ Id }) => Id);
}

async function stats(ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => limit(() => fetchBody(`/containers/${id}/stats?stream=false&one-shot=true`))));
}

async function scrape(): Promise<void> {
  const others = ['/_ping', '/info', '/images/json', '/volumes', '/networks'];
  await Promise.all([list().then(stats), ...others.map((path) => limit(() => fetchBody(path)))]);
}

async function run(): Promise<FloorRun> {
  const ids = await list();
  const before = process.cpuUsage();
  await stats(ids);
  const { user, system } = process.cpuUsage(before);
  const begun = performance.now();
  await scrape();
  return { containers: ids.length, cpu: (user + system) / 1_000, wall: performance.now() - begun };
}

process.on('message', () => void run().then((figures) => process.send?.(figures)));
process.on('SIGTERM', () => process.exit(0));
process.send?.({});
