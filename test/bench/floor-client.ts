/**
 * What the engine itself allows: a bare node:http client with kept connections that knows the containers, makes calls
 * with the same bound as the agent, and throws the bytes away. First the stats of every container alone, for their CPU;
 * then /info and the stats, for the time. Speaks JSON over IPC.
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
  /** Containers whose health check fails or is still to pass: no event says how often it failed, so they are inspected. */
  readonly unhealthy: number;
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

async function list(): Promise<readonly { Id: string; Status: string }[]> {
  return JSON.parse(await limit(() => fetchBody('/containers/json?all=1'))) as readonly {
    Id: string;
    Status: string;
  }[];
}

async function stats(ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => limit(() => fetchBody(`/containers/${id}/stats?stream=false&one-shot=true`))));
}

async function run(): Promise<FloorRun> {
  const listed = await list();
  const ids = listed.map(({ Id }) => Id);
  const unhealthy = listed.filter(({ Status }) => /unhealthy|health: starting/.test(Status)).length;
  const before = process.cpuUsage();
  await stats(ids);
  const { user, system } = process.cpuUsage(before);
  const begun = performance.now();
  await Promise.all([limit(() => fetchBody('/info')), stats(ids)]);
  return { containers: ids.length, unhealthy, cpu: (user + system) / 1_000, wall: performance.now() - begun };
}

process.on('message', () => void run().then((figures) => process.send?.(figures)));
process.on('SIGTERM', () => process.exit(0));
process.send?.({});
