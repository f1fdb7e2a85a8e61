/**
 * What the engine itself allows: a bare node:http client with kept connections that knows the containers, asks /info and
 * the stats with the same bound as the agent, and throws the bytes away. Speaks JSON over IPC.
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
  /** Milliseconds of CPU of this client. */
  readonly cpu: number;
  /** Milliseconds from the first call to the last answer. */
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

/** The containers at the start: the client is told of no change. */
const listed = JSON.parse(await fetchBody('/containers/json?all=1')) as readonly { Id: string; Status: string }[];
const unhealthy = listed.filter(({ Status }) => /unhealthy|health: starting/.test(Status)).length;
const paths = ['/info', ...listed.map(({ Id }) => `/containers/${Id}/stats?stream=false&one-shot=true`)];

async function run(): Promise<FloorRun> {
  const before = process.cpuUsage();
  const begun = performance.now();
  await Promise.all(paths.map((path) => limit(() => fetchBody(path))));
  const wall = performance.now() - begun;
  const { user, system } = process.cpuUsage(before);
  return { containers: listed.length, unhealthy, cpu: (user + system) / 1_000, wall };
}

process.on('message', () => void run().then((figures) => process.send?.(figures)));
process.on('SIGTERM', () => process.exit(0));
process.send?.({});
