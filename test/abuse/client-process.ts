/** Hostile clients of the agent's port, in a process of their own. Attacks until SIGTERM. */
import { connect } from 'node:net';
import type { ClientOrder } from './client-attacks.ts';
import { clientAttacks } from './client-attacks.ts';

const { port, attack: name } = JSON.parse(process.argv[2] ?? '{}') as ClientOrder;
const attack = clientAttacks.find((each) => each.name === name);

/** Opens a connection, and another one when it ends. */
function open(index: number): void {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.once('connect', () => attack?.attack(socket, index));
  socket.once('close', () => setTimeout(() => open(index), 20));
}

for (let index = 0; index < (attack?.connections ?? 0); index += 1) open(index);
process.on('SIGTERM', () => process.exit(0));
process.send?.({});
