/**
 * What the engine itself allows: a bare node:http client with kept connections that asks for the stats of every
 * container, with the same bound on calls at once as the agent, and throws the bytes away. Speaks JSON over IPC.
 */
import { Agent, get } from 'node:http';
import pLimit from 'p-limit';

export interface FloorOrder {
  readonly socketPath: string;
  readonly bound: number;
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

const list = JSON.parse(await fetchBody('/containers/json?all=1')) as readonly { Id: string }[];

process.on('message', () => {
  const begun = performance.now();
  const calls = list.map(({ Id }) => limit(() => fetchBody(`/containers/${Id}/stats?stream=false&one-shot=true`)));
  void Promise.all(calls).then(() => process.send?.({ milliseconds: performance.now() - begun }));
});
process.on('SIGTERM', () => process.exit(0));
process.send?.({ containers: list.length });
