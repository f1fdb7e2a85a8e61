import { expect } from 'chai';
import type { EngineEvent } from './events.ts';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import { ask, open, until } from './client.ts';

describe('event answers', () => {
  let simulator: Simulator;
  let now: number;

  beforeEach(async () => {
    now = Date.UTC(2026, 5, 1);
    simulator = await startSimulator({ containers: 0, clock: () => now });
  });

  afterEach(async () => simulator.stop());

  const containersOnly = `/events?filters=${encodeURIComponent('{"type":["container"]}')}`;

  /** Listens to an address and collects what comes. */
  async function listen(path: string): Promise<EngineEvent[]> {
    const events: EngineEvent[] = [];
    await new Promise((resolve, reject) => {
      const request = open(simulator, path).on('error', reject);
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += String(chunk);
          const lines = text.split('\n');
          text = lines.pop() ?? '';
          for (const line of lines) events.push(JSON.parse(line));
        });
        response.on('error', () => {});
        resolve(undefined);
      });
      request.end();
    });
    return events;
  }

  it('stream what happens, as the engine writes it', async () => {
    const events = await listen(containersOnly);
    const { id } = simulator.containers.add({ name: 'web', image: 'nginx:1.27.2', labels: { tier: 'front' } });
    simulator.containers.kill('web');
    await until(() => events.length === 4);
    expect(events.map(({ Action }) => Action)).to.deep.equal(['create', 'start', 'kill', 'die']);
    expect(events.at(-1)).to.deep.equal({
      status: 'die',
      id,
      from: 'nginx:1.27.2',
      Type: 'container',
      Action: 'die',
      Actor: { ID: id, Attributes: { tier: 'front', exitCode: '137', image: 'nginx:1.27.2', name: 'web' } },
      scope: 'local',
      time: now / 1000,
      timeNano: now * 1e6 + 5_000,
    });
  });

  it('begin with what happened since a time, and end when the last time wanted is past', async () => {
    simulator.containers.add({ name: 'old' });
    now += 10_000;
    simulator.containers.add({ name: 'new' });
    const { text } = await ask(simulator, `${containersOnly}&since=${now / 1000}&until=${now / 1000 + 0.0009}`);
    const events = text
      .trim()
      .split('\n')
      .map((line): EngineEvent => JSON.parse(line));
    expect(events.map(({ Action, Actor }) => `${Action} ${Actor.Attributes['name']}`)).to.deep.equal([
      'create new',
      'start new',
    ]);
  });

  it('are filtered by type, event and container in both ways of writing', async () => {
    const filters = { type: { container: true }, event: ['health_status', 'die'], container: ['web'] };
    const events = await listen(`/events?filters=${encodeURIComponent(JSON.stringify(filters))}`);
    const plugins = await listen(`/events?filters=${encodeURIComponent('{"type":["plugin"]}')}`);
    const all = await listen(containersOnly);
    simulator.containers.add({ name: 'db' });
    simulator.containers.add({ name: 'web', health: 'healthy' });
    simulator.containers.exit('db', 1);
    simulator.containers.exit('web', 1);
    await until(() => all.length === 7);
    expect(events.map(({ Action }) => Action)).to.deep.equal(['health_status: healthy', 'die']);
    expect(plugins).to.have.length(0);
  });

  it('are kept in a bounded number', async () => {
    for (let count = 0; count < 400; count++) simulator.containers.add({ name: `web-${count}` });
    const { text } = await ask(simulator, `/events?since=0&until=${(now += 1_000) / 1000}`);
    expect(text.trim().split('\n')).to.have.length(256);
  });
});
