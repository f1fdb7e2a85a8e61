/**
 * A simulated engine behind a server that attacks on demand, and a collector, in a process of their own. Speaks JSON over
 * IPC: it says where the collector listens, begins the attack at a message, and then says how many containers there are.
 */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { route } from '../simulator/routes.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { type Answering, numbers } from './attack.ts';
import { attackNamed } from './attacks.ts';

export interface WorldOrder {
  readonly attack: string;
  readonly scale: number;
  /** Beside the victims. */
  readonly containers: number;
  readonly socketPath: string;
}

const { attack: name, scale, containers, socketPath } = JSON.parse(process.argv[2] ?? '{}') as WorldOrder;
const attack = attackNamed(name);
// Its clock stands, so that all figures do; the agent reads it from this header as well.
const startedAt = Date.now();
const date = new Date(startedAt).toUTCString();
const simulator = await startSimulator({
  ...attack.engine,
  containers,
  allRunning: true,
  socketPath: `${socketPath}.honest`,
  clock: () => startedAt,
});
const victimCount = attack.victims === undefined ? 2 : attack.victims * scale;
const victims = new Set(numbers(victimCount).map((index) => simulator.containers.add({ name: `hostile-${index}` }).id));
let isBegun = false;
let answering: Answering | undefined;

/** Asks the honest engine the same. */
function ask({ method }: IncomingMessage, path: string | undefined): ClientRequest {
  return request({ socketPath: `${socketPath}.honest`, path, method }).end();
}

async function read(asked: ClientRequest): Promise<{ headers: Record<string, string>; body: string }> {
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const body = Buffer.concat(await answer.toArray()).toString();
  const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...headers } = answer.headers;
  return { headers: { ...(headers as Record<string, string>), date }, body };
}

async function handle(asked: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => {});
  const { endpoint, container = '', query } = route(asked.method ?? '', asked.url ?? '');
  const isAnswered = await answering?.({
    endpoint,
    container,
    isVictim: victims.has(container),
    isPast: query.has('until'),
    response,
    honest: (other = container) => read(ask(asked, asked.url?.replace(container, other))),
  });
  if (isAnswered === true) return;
  const forwarded = ask(asked, asked.url);
  response.once('close', () => forwarded.destroy());
  forwarded.on('error', () => response.destroy());
  forwarded.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 500, { ...answer.headers, date });
    response.flushHeaders();
    answer.pipe(response);
  });
}

const server = createServer((asked, response) => void handle(asked, response).catch(() => response.destroy()));
server.on('connection', (socket) => socket.on('error', () => {}));
server.listen(socketPath);
await once(server, 'listening');

const collector = createServer((pushed, response) => {
  response.on('error', () => {});
  pushed.resume().on('end', () => {
    if (isBegun && attack.collector !== undefined) attack.collector(response, scale);
    else response.end();
  });
}).listen(0, '127.0.0.1');
await once(collector, 'listening');

process.on('message', () => {
  isBegun = true;
  answering = attack.answer?.(scale);
  attack.happen?.(simulator.containers, scale);
  // A stream of events begins under the attack too.
  if (answering !== undefined) server.closeAllConnections();
  process.send?.({ containers: simulator.containers.all().length });
});
process.on('SIGTERM', () => process.exit(0));
process.send?.({ collector: `http://127.0.0.1:${(collector.address() as AddressInfo).port}` });
