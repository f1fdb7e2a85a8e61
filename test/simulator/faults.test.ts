import { expect } from 'chai';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import { ONE_SHOT, ask, open, until } from './client.ts';

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

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

  it('cuts the connection before the headers or in the body', async () => {
    for (const fault of ['cut-before-headers', 'cut-body'] as const) {
      simulator.fault('stats', fault, 'web');
      expect(await failureOf(ask(simulator, path)), fault).to.include({ code: 'ECONNRESET' });
    }
  });

  it('answers garbage, nothing, or a given body', async () => {
    simulator.fault('stats', 'garbage', 'web');
    const garbage = await ask(simulator, path);
    expect(garbage.status).to.equal(200);
    expect(() => JSON.parse(garbage.text)).to.throw(SyntaxError);

    simulator.fault('stats', 'empty', 'web');
    expect(await ask(simulator, path)).to.include({ status: 200, text: '' });

    simulator.fault('stats', { body: '{"read":7}' }, 'web');
    expect(await ask(simulator, path)).to.include({ status: 200, text: '{"read":7}' });
  });

  it('answers any error status with a message as the engine writes it', async () => {
    for (const status of [403, 404, 409, 500, 503]) {
      simulator.fault('inspect', { status, message: `no ${status}` }, 'web');
      const answer = await ask(simulator, '/containers/web/json');
      expect(answer).to.include({ status, text: `{"message":"no ${status}"}` });
      expect(answer.headers['content-type']).to.equal('application/json');
    }
  });

  it('answers rightly but late', async () => {
    simulator.fault('stats', { delay: 20 }, 'web');
    const { status, text } = await ask(simulator, path);
    expect(status).to.equal(200);
    expect(JSON.parse(text)).to.include({ name: '/web' });
  });

  it('strikes one container by name or id, at one endpoint, and nothing else', async () => {
    simulator.fault('stats', { status: 500 }, simulator.containers.get('web').id);
    expect((await ask(simulator, path)).status).to.equal(500);
    expect((await ask(simulator, `/containers/db/${ONE_SHOT}`)).status).to.equal(200);
    expect((await ask(simulator, '/containers/web/json')).status).to.equal(200);
  });

  it('strikes a whole endpoint, and is gone when cleared', async () => {
    for (const endpoint of ['ping', 'version', 'info', 'list', 'images', 'volumes', 'networks', 'events'] as const) {
      simulator.fault(endpoint, { status: 403 });
    }
    const paths = ['/_ping', '/version', '/info', '/containers/json', '/images/json', '/volumes', '/networks'];
    const statuses = async () => Promise.all(paths.map(async (each) => (await ask(simulator, each)).status));
    expect(new Set(await statuses())).to.deep.equal(new Set([403]));
    expect((await ask(simulator, '/events')).status).to.equal(403);
    simulator.clearFaults();
    expect(new Set(await statuses())).to.deep.equal(new Set([200]));
  });

  it('refuses a fault for a container that is not there', () => {
    expect(() => simulator.fault('stats', 'empty', 'nobody')).to.throw('No such container: nobody');
  });
});
