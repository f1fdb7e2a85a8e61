import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createDockerClient } from '../../lib/docker/client.ts';
import { eventually } from '../support/eventually.ts';
import { usedHeapBytes } from '../support/garbage.ts';
import { noTls, patient } from './engine-server.ts';

const callsAtOnce = 50;

interface Usage {
  readonly heapBytes: number;
  /** What keeps the process running: sockets, pipes, timers. */
  readonly resources: readonly string[];
}

describe('connections that the engine closes', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'closed-connections-'))));
  after(() => rm(folder, { recursive: true }));

  it('leave nothing behind, be they 20,000', async function () {
    this.timeout(240_000);
    const server = net.createServer((connection) =>
      connection.once('data', () =>
        connection.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}'),
      ),
    );
    let accepted = 0;
    let open = 0;
    server.on('connection', (connection) => {
      accepted += 1;
      open += 1;
      connection.once('close', () => (open -= 1));
    });
    const path = join(folder, 'engine.sock');
    server.listen(path);
    const client = await createDockerClient({ host: `unix://${path}`, tls: noTls }, '');

    const usageAfter = async (calls: number): Promise<Usage> => {
      for (let made = 0; made < calls; made += callsAtOnce)
        await Promise.all(Array.from({ length: callsAtOnce }, () => client.inspectContainer('abc', patient)));
      await eventually('all connections are closed', () => open === 0);
      return { heapBytes: usedHeapBytes(), resources: process.getActiveResourcesInfo().sort() };
    };
    const early = await usageAfter(5_000);
    const late = await usageAfter(15_000);
    client.close();
    server.close();

    expect(accepted).to.equal(20_000);
    // A listener on something that stays took 5.6 KB of each.
    expect(late.heapBytes - early.heapBytes).to.be.lessThan(15_000 * 100);
    expect(late.resources).to.deep.equal(early.resources);
  });
});
