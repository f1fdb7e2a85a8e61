import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createRequestHandler } from '../../lib/http/request-handler.ts';
import { createUnsentPages } from '../../lib/http/unsent-pages.ts';
import { type MemoryShare, createMemoryShare } from '../../lib/memory-budget.ts';
import { eventually } from '../support/eventually.ts';
import { send } from '../support/http.ts';

/** More than the kernel keeps of a page that is not read, on both sides of the loopback. */
const pageBytes = 16 * 2 ** 20;

/** What is charged besides for each client, which the kernel keeps of it. */
const kernelBytes = 256 * 1024;

interface Client {
  readonly socket: Socket;
  received: number;
  readonly closed: Promise<void>;
}

describe('pages that clients do not read', () => {
  let share: MemoryShare;
  let shortages: number;
  let server: Server;
  let clients: Client[];
  let made: number;
  const shared = Buffer.alloc(pageBytes, 'x');

  const start = async (maxBytes: number): Promise<void> => {
    share = createMemoryShare(maxBytes);
    shortages = 0;
    clients = [];
    made = 0;
    const pages = createUnsentPages({
      share,
      reset: ({ req }) => req.socket.resetAndDestroy(),
      onShortage: () => (shortages += 1),
    });
    const reply = (body: Buffer) => ({ status: 200, headers: {}, body });
    const endpoints = new Map([
      ['/shared', () => reply(shared)],
      [
        '/own',
        () => {
          made += 1;
          return reply(Buffer.alloc(pageBytes, 'y'));
        },
      ],
      ['/small', () => reply(Buffer.alloc(4_000, 'z'))],
    ]);
    server = createServer(createRequestHandler({ endpoints, pages, onError: () => {} }));
    await once(server.listen(0, '127.0.0.1'), 'listening');
  };
  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    await once(server.close(), 'close');
  });

  const port = (): number => (server.address() as AddressInfo).port;
  /** Asks for a page of its own, and reads nothing of it until it is told to. */
  const ask = async (path = '/own'): Promise<Client> => {
    const socket = connect(port(), '127.0.0.1');
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    const client: Client = { socket, received: 0, closed };
    clients.push(client);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => (client.received += chunk.length)).pause();
    const before = made;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    if (path === '/own') await eventually('the page', () => made > before, { every: 1 });
    return client;
  };
  /** Reads until the connection ends. */
  const read = async ({ socket, closed }: Client): Promise<void> => {
    socket.resume();
    await closed;
  };

  it('give way to a new one, first the one of which nothing was read for longest', async () => {
    await start(2 * (pageBytes + kernelBytes));
    const [first, second] = [await ask(), await ask()];
    const third = await ask();
    await read(first);
    expect(first.received).to.be.lessThan(pageBytes);
    expect(second.socket.closed).to.equal(false);
    await read(third);
    expect(third.received).to.be.greaterThan(pageBytes);
    expect(shortages).to.equal(1);
  });

  it('stay while they are read, however slowly', async () => {
    await start(2 * (pageBytes + kernelBytes));
    const slow = await ask();
    const silent = await ask();
    slow.socket.resume();
    await eventually('half of the page', () => slow.received > pageBytes / 2, { every: 1 });
    slow.socket.pause();
    await ask();
    await read(silent);
    expect(silent.received).to.be.lessThan(pageBytes);
    await read(slow);
    expect(slow.received).to.be.greaterThan(pageBytes);
  });

  it('are charged once where clients get the same bytes, and no longer than until they are read', async () => {
    await start(pageBytes + 3 * kernelBytes);
    const readers = [await ask('/shared'), await ask('/shared'), await ask('/shared')];
    await eventually('the pages', () => share.usedBytes() > 0);
    await Promise.all(readers.map(read));
    expect(readers.map(({ received }) => received > pageBytes)).to.deep.equal([true, true, true]);
    expect(shortages).to.equal(0);
    await eventually('nothing in use', () => share.usedBytes() === 0);
  });

  it('are released when their client goes', async () => {
    await start(pageBytes + kernelBytes);
    const client = await ask();
    await eventually('the page', () => share.usedBytes() === pageBytes + kernelBytes);
    client.socket.destroy();
    await eventually('nothing in use', () => share.usedBytes() === 0);
  });

  it('are refused with 503 where there is no room for them', async () => {
    await start(pageBytes);
    share.take(1);
    const refused = await send({ host: '127.0.0.1', port: port(), path: '/own' });
    expect(refused).to.include({ status: 503 });
    expect(refused.headers).to.include({ 'retry-after': '1' });
    expect(refused.body.toString()).to.match(/^.+\n$/);
    expect(await send({ host: '127.0.0.1', port: port(), path: '/small' })).to.include({ status: 200 });
    expect(await send({ host: '127.0.0.1', port: port(), path: '/own', method: 'HEAD' })).to.include({ status: 200 });
  });

  it('are served one at a time where one alone takes more than there is', async () => {
    await start(1_000_000);
    const first = await ask();
    await ask();
    await read(first);
    const { body } = await send({ host: '127.0.0.1', port: port(), path: '/own' });
    expect(body).to.have.length(pageBytes);
  });

  it('are charged compressed where they are sent so', async () => {
    await start(pageBytes / 2);
    const headers = { 'accept-encoding': 'gzip' };
    const [first, second] = await Promise.all(
      [1, 2].map(() => send({ host: '127.0.0.1', port: port(), path: '/shared', headers })),
    );
    expect([first?.headers['content-encoding'], second?.headers['content-encoding']]).to.deep.equal(['gzip', 'gzip']);
    expect(shortages).to.equal(0);
    await eventually('nothing in use', () => share.usedBytes() === 0);
  });

  it('reach a slow reader whole', async () => {
    await start(pageBytes);
    const client = await ask();
    const { socket } = client;
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (chunks.length % 100 === 0) {
        socket.pause();
        void sleep(1).then(() => socket.resume());
      }
    });
    await read(client);
    const text = Buffer.concat(chunks);
    expect(text.subarray(text.indexOf('\r\n\r\n') + 4).equals(Buffer.alloc(pageBytes, 'y'))).to.equal(true);
  });
});
