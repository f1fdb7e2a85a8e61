import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { type ConnectionRegistry, createConnectionRegistry } from '../../lib/http/connections.ts';
import type { Endpoint } from '../../lib/http/request-handler.ts';
import { textReply } from '../../lib/http/reply.ts';
import { type ListeningServer, listen } from '../../lib/http/server.ts';
import { readTls } from '../../lib/http/tls.ts';
import { type MemoryShare, createMemoryShare } from '../../lib/memory-budget.ts';
import { createAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';

const plainBytes = 32 * 1024;
const tlsBytes = 80 * 1024;

interface Client {
  readonly socket: Socket;
  isOpen(): boolean;
  /** Sends a request and waits for its answer. */
  ask(path: string): Promise<void>;
}

describe('the connections of a server', () => {
  let share: MemoryShare;
  let evicted: number;
  let server: ListeningServer | undefined;
  let clients: Client[];
  let slowRequests: number;
  let slowAnswer: PromiseWithResolvers<void>;

  beforeEach(() => {
    evicted = 0;
    clients = [];
    slowRequests = 0;
    slowAnswer = Promise.withResolvers();
  });
  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    slowAnswer.resolve();
    await server?.close(0);
    server = undefined;
  });

  const registry = (maxBytes: number, maxConnections = Infinity, graceMs = 0): ConnectionRegistry => {
    share = createMemoryShare(maxBytes);
    return createConnectionRegistry({
      share,
      maxConnections,
      graceMs,
      isScrape: ({ url }) => url === '/metrics',
      onEvicted: () => (evicted += 1),
    });
  };
  const start = async (connections: ConnectionRegistry, tls?: ReturnType<typeof readTls>): Promise<void> => {
    const endpoints = new Map<string, Endpoint>([
      ['/metrics', () => textReply(200, 'exporter_up 1')],
      ['/health', () => textReply(200, 'ok')],
      [
        '/slow',
        async () => {
          slowRequests += 1;
          await slowAnswer.promise;
          return textReply(200, 'at last');
        },
      ],
    ]);
    server = await listen({ address: '127.0.0.1', port: 0, endpoints, connections, tls, onError: () => {} });
  };
  const clientOf = (socket: Socket): Client => {
    socket.on('error', () => {});
    let received = '';
    socket.setEncoding('latin1').on('data', (text: string) => (received += text));
    const client: Client = {
      socket,
      isOpen: () => !socket.closed,
      ask: async (path) => {
        received = '';
        socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
        await eventually('an answer', () => received.includes('\r\n\r\n'), { every: 1 });
      },
    };
    clients.push(client);
    return client;
  };
  /** A connection that the server knows of. */
  const open = async (localAddress = '127.0.0.1'): Promise<Client> => {
    const before = share.usedBytes();
    const gone = evicted;
    const socket = connect({ port: server?.port ?? 0, host: '127.0.0.1', localAddress });
    const client = clientOf(socket);
    await once(socket, 'connect');
    await eventually('the connection', () => share.usedBytes() !== before || evicted > gone, { every: 1 });
    return client;
  };
  /** Sends a request that is not answered meanwhile. */
  const occupy = async ({ socket }: Client): Promise<void> => {
    const before = slowRequests;
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually('the request', () => slowRequests > before, { every: 1 });
  };
  const closed = async (...gone: readonly Client[]): Promise<void> => {
    await eventually('closing', () => gone.every((client) => !client.isOpen()), { every: 1 });
    expect(evicted).to.equal(gone.length);
    expect(clients.filter((client) => !client.isOpen())).to.deep.equal(gone);
  };

  it('make room for one more: the oldest that has asked nothing goes', async () => {
    await start(registry(3 * plainBytes));
    const asked = await open();
    await asked.ask('/health');
    const silent = await open();
    await open();
    const newest = await open();
    await closed(silent);
    await newest.ask('/metrics');
  });

  it('leave a new one the time to ask, rather than one that has asked', async () => {
    await start(registry(2 * plainBytes, Infinity, 60_000));
    const asked = await open();
    await open();
    await asked.ask('/health');
    await open();
    await closed(asked);
  });

  it('make room at the cost of a client that did not scrape, where several have the most', async () => {
    await start(registry(4 * plainBytes));
    const [scraping, more] = [await open('127.0.0.2'), await open('127.0.0.2')];
    await scraping.ask('/metrics');
    scraping.socket.destroy();
    await eventually('one less', () => share.usedBytes() === plainBytes);
    const other = await open('127.0.0.2');
    const [first, second] = [await open('127.0.0.3'), await open('127.0.0.3')];
    clients = [more, other, first, second];
    await open('127.0.0.4');
    await closed(first);
  });

  it('make room at the cost of the client that has the most', async () => {
    await start(registry(4 * plainBytes));
    const lone = await open('127.0.0.2');
    const [first] = [await open(), await open(), await open()];
    await open('127.0.0.3');
    await closed(first);
    expect(lone.isOpen()).to.equal(true);
  });

  it('that are all of use lose the one that is idle for longest', async () => {
    await start(registry(3 * plainBytes));
    const [first, second, third] = [await open(), await open(), await open()];
    for (const client of [first, second, third, first]) await client.ask('/health');
    await open();
    await closed(second);
  });

  it('are not cut during a request while there is another choice', async () => {
    await start(registry(3 * plainBytes));
    const slow = await open();
    await occupy(slow);
    const [idle, other] = [await open(), await open()];
    for (const client of [idle, other]) await client.ask('/health');
    await open();
    await closed(idle);
    expect(slow.isOpen()).to.equal(true);
  });

  it('that are all busy lose the one that is busy for longest', async () => {
    await start(registry(2 * plainBytes));
    const [first, second] = [await open(), await open()];
    for (const client of [first, second]) await occupy(client);
    await open();
    await closed(first);
  });

  it('leave a scraper the one that it keeps, whatever others of its network do', async () => {
    await start(registry(4 * plainBytes));
    const scraper = await open();
    await scraper.ask('/metrics');
    for (let other = 0; other < 20; other += 1) await (await open()).ask('/health');
    for (let other = 0; other < 20; other += 1) await open();
    expect(scraper.isOpen()).to.equal(true);
    await scraper.ask('/metrics');
  });

  it('make room for a newcomer even where scrapers keep all of them', async () => {
    await start(registry(2 * plainBytes));
    const [first, second] = [await open('127.0.0.2'), await open('127.0.0.3')];
    for (const client of [first, second]) await client.ask('/metrics');
    const newest = await open();
    await closed(first);
    await newest.ask('/health');
  });

  it('are no more than file descriptors allow', async () => {
    await start(registry(Infinity, 2));
    const first = await open();
    await open();
    await open();
    await closed(first);
  });

  it('are refused where there is no room for any', async () => {
    await start(registry(plainBytes - 1));
    const socket = connect(server?.port ?? 0, '127.0.0.1');
    await once(clientOf(socket).socket, 'close');
    expect(evicted).to.equal(0);
  });

  it('give back what they took', async () => {
    await start(registry(3 * plainBytes));
    for (let connection = 0; connection < 5; connection += 1) await open();
    expect(share.usedBytes()).to.equal(3 * plainBytes);
    for (const { socket } of clients) socket.destroy();
    await eventually('nothing in use', () => share.usedBytes() === 0);
  });

  it('take more with TLS, and are known by their requests there too', async () => {
    const authority = await createAuthority();
    const { certFile, keyFile } = await authority.issue('server');
    await start(registry(3 * tlsBytes), readTls({ certFile, keyFile, clientCaFile: '', minVersion: 'TLSv1.2' }));
    const openTls = async (): Promise<Client> => {
      const socket = connectTls({
        port: server?.port ?? 0,
        host: '127.0.0.1',
        ca: authority.ca,
        servername: 'localhost',
      });
      await once(socket, 'secureConnect');
      return clientOf(socket);
    };
    const scraper = await openTls();
    await scraper.ask('/metrics');
    const asked = await openTls();
    await asked.ask('/health');
    // No more than a connection: its handshake does not begin.
    const silent = clientOf(connect(server?.port ?? 0, '127.0.0.1'));
    await eventually('three connections', () => share.usedBytes() === 3 * tlsBytes);
    await (await openTls()).ask('/health');
    await closed(silent);
    await authority.remove();
  });
});
