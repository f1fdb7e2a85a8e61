import { Agent } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import { ONE_SHOT, ask, open, until } from './client.ts';

describe('server', () => {
  let simulator: Simulator;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  });

  afterEach(async () => {
    await simulator.stop();
    await rm(folder, { recursive: true });
  });

  for (const kind of ['unix socket', 'TCP port']) {
    it(`dies with open requests and idle connections, and comes back on the same ${kind}`, async () => {
      const place = kind === 'unix socket' ? { socketPath: join(folder, 'docker.sock') } : {};
      simulator = await startSimulator({ containers: 3, allRunning: true, ...place });
      const { host } = simulator;
      const agent = new Agent({ keepAlive: true });
      await ask(simulator, '/_ping', { agent });
      simulator.fault('stats', 'hang-in-body');
      const cut = new Promise((resolve) => {
        open(simulator, `/containers/shop-web-1/${ONE_SHOT}`)
          .on('response', (response) => response.on('error', resolve).resume())
          .end();
      });
      const waiting = ask(simulator, '/containers/shop-web-1/stats?stream=false').catch((error: unknown) => error);
      await until(() => simulator.traffic.openNow('stats') === 2);

      await simulator.stop();
      expect(await cut).to.include({ code: 'ECONNRESET' });
      expect(await waiting).to.be.an('error');
      expect(await ask(simulator, '/_ping').catch((error: unknown) => error)).to.be.an('error');
      expect(simulator.traffic.openNow()).to.equal(0);

      await simulator.start();
      simulator.clearFaults();
      expect(simulator.host).to.equal(host);
      expect((await ask(simulator, `/containers/shop-web-1/${ONE_SHOT}`, { agent })).status).to.equal(200);
      agent.destroy();
    });
  }

  it('shows in its traffic how many requests were open at once', async () => {
    simulator = await startSimulator({ containers: 1 });
    simulator.fault('stats', 'hang-before-headers');
    const agent = new Agent({ maxSockets: 4 });
    const path = `/containers/shop-web-1/${ONE_SHOT}`;
    const hanging = Array.from({ length: 9 }, async () => ask(simulator, path, { agent }).catch(() => 'cut'));
    await until(() => simulator.traffic.openNow('stats') === 4);
    await ask(simulator, '/_ping');
    expect(simulator.traffic.openPeak('stats')).to.equal(4);
    expect(simulator.traffic.openPeak()).to.equal(5);
    await simulator.stop();
    expect(await Promise.all(hanging)).to.deep.equal(Array.from({ length: 9 }, () => 'cut'));
  });
});
