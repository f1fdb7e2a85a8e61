/** Hostile clients of the agent's port, in a process of their own. Attacks until SIGTERM. */
import { type Socket, connect } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { attackNamed } from './attacks.ts';

export interface ClientOrder {
  readonly attack: string;
  readonly scale: number;
  readonly port: number;
}

const { attack, scale, port } = JSON.parse(process.argv[2] ?? '{}') as ClientOrder;
const { clients } = attackNamed(attack);
const connections = (clients?.connections ?? 0) * scale;

/** How many connections a second follow on those that ended; a handshake costs the client and the agent a millisecond each. */
const perSecond = clients?.isSecure ? 100 : 1_000;
const pauseMs = Math.max(20, (1_000 / perSecond) * connections);

function dial(index: number): Socket {
  const { addresses, isSecure } = clients ?? {};
  const localAddress = addresses === undefined ? '127.0.0.1' : `127.0.1.${1 + (index % addresses)}`;
  const target = { port, host: '127.0.0.1', localAddress };
  return isSecure ? connectSecurely({ ...target, rejectUnauthorized: false }) : connect(target);
}

let opened = 0;

function openNext(): void {
  if (opened >= connections) return;
  opened += 1;
  open(opened);
}

/** Opens a connection, and another one when it ends. */
function open(index: number): void {
  const socket = dial(index);
  socket.on('error', () => {});
  socket.once(clients?.isSecure ? 'secureConnect' : 'connect', () => clients?.attack(socket, openNext));
  socket.once('close', () => setTimeout(() => open(index), pauseMs));
}

if (clients?.inTurn) openNext();
else while (opened < connections) openNext();
process.on('SIGTERM', () => process.exit(0));
process.send?.({});
