import { expect } from 'chai';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import { ONE_SHOT, ask, open, until } from './client.ts';

describe('faults', () => {
  let simulator: Simulator;
  const path = `/containers/web/${ONE_SHOT}`;

  beforeEach(async () => {
    simulator = await startSimulator({ containers: 0 });
    simulator.containers.add({ name: 'web' });
    simulator.containers.add({ name: 'db' });
  });

  afterEach(async () => simulator.stop());

  it('hangs before the headers until the client gives up', async () => {
    simulator.fault('stats', 'hang-before-headers', 'web');
    let answered = false;
    const hanging = open(simulator, path).on('response', () => (answered = true));
    const closed = new Promise((resolve) => hanging.on('error', resolve));
    hanging.end();
    await until(() => simulator.traffic.openNow('stats') === 1);
    expect((await ask(simulator, '/_ping')).status).to.equal(200);
    expect(answered).to.equal(false);
    hanging.destroy(new Error('given up'));
    await closed;
    await until(() => simulator.traffic.openNow() === 0);
  });

  it('hangs in the body, after good headers and the beginning of an answer', async () => {
    simulator.fault('stats', 'hang-in-body', 'web');
    const hanging = open(simulator, path);
    let text = '';
    let ended = false;
    hanging.on('response', (response) => {
      expect(response.statusCode).to.equal(200);
      response.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => (ended = true)).on('error', () => {});
    });
    hanging.end();
    await until(() => text.length > 0);
    expect((await ask(simulator, '/_ping')).status).to.equal(200);
    expect([ended, simulator.traffic.openNow('stats')]).to.deep.equal([false, 1]);
    hanging.destroy();
  });
});
