/**
 * A simulated engine behind a server that attacks on demand, in a process of its own. Speaks JSON over IPC: it says when
 * it listens, and takes the name of an attack, or an empty one for none.
 */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, type ServerResponse, createServer, request } from 'node:http';
import { startSimulator } from '../simulator/simulator.ts';
import { route } from '../simulator/routes.ts';
import { type EngineAttack, engineAttacks, victimNames } from './attacks.ts';

export interface EngineOrder {
  readonly containers: number;
  readonly socketPath: string;
}

const { containers, socketPath } = JSON.parse(process.argv[2] ?? '{}') as EngineOrder;
// Its clock stands, so that all figures do; the agent reads it from this header as well.
const startedAt = Date.now();
const date = new Date(startedAt).toUTCString();
const simulator = await startSimulator({
  containers,
  allRunning: true,
  socketPath: `${socketPath}.honest`,
  clock: () => startedAt,
});
const victims = new Set(victimNames.map((name) => simulator.containers.add({ name }).id));
let attack: EngineAttack | undefined;

/** Asks the honest engine the same. */
function ask(asked: IncomingMessage): ClientRequest {
  return request({ socketPath: `${socketPath}.honest`, path: asked.url, method: asked.method }).end();
}

async function honestAnswer(asked: IncomingMessage): Promise<{ headers: Record<string, string>; body: string }> {
  const [answer] = (await once(ask(asked), 'response')) as [IncomingMessage];
  const body = Buffer.concat(await answer.toArray()).toString();
  const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...headers } = answer.headers;
  return { headers: { ...(headers as Record<string, string>), date }, body };
}

async function handle(asked: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => {});
  const { endpoint, container = '', query } = route(asked.method ?? '', asked.url ?? '');
  const isAnswered = await attack?.answer({
    endpoint,
    isVictim: victims.has(container),
    isPast: query.has('until'),
    response,
    honest: () => honestAnswer(asked),
  });
  if (isAnswered === true) return;
  const forwarded = ask(asked);
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

process.on('message', (name: string) => {
  attack = engineAttacks.find((each) => each.name === name);
  // A stream of events begins under the attack too.
  server.closeAllConnections();
  process.send?.({});
});
process.on('SIGTERM', () => process.exit(0));
process.send?.({});
