import { expect } from 'chai';
import type { ContainerFacts, Snapshot } from '../../lib/snapshot/facts.ts';
import type { Fault } from '../simulator/faults.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type Pipeline, createPipeline } from '../support/pipeline.ts';

describe('a container about which two answers of the engine differ', () => {
  let engine: Simulator;
  let pipeline: Pipeline;
  let name: string;

  beforeEach(async () => {
    engine = await startSimulator({ containers: 3, allRunning: true });
    pipeline = await createPipeline(engine.host);
    name = engine.containers.all()[0]?.name ?? '';
  });
  afterEach(async () => {
    pipeline.close();
    await engine.stop();
  });

  const itself = ({ containers }: Snapshot): ContainerFacts | undefined =>
    containers.find((container) => container.name === name);
  const messagesIn = ({ problems }: Snapshot): readonly string[] => problems.map(({ message }) => message);

  const notRunning: Fault = { body: '{"read":"0001-01-01T00:00:00Z"}' };
  const contradiction = 'runs without figures: its stats say that it does not run, its inspection that it does';

  it('is counted at each scrape where its stats are of one that does not run, without more calls each time', async () => {
    engine.fault('stats', notRunning, name);
    for (let scrape = 1; scrape <= 3; scrape += 1) {
      engine.traffic.reset();
      const snapshot = await pipeline.snapshot();
      expect(messagesIn(snapshot)).to.deep.equal([contradiction]);
      expect(snapshot.errors.container).to.equal(scrape);
      expect(itself(snapshot)).to.include({ state: 'running', resources: undefined });
    }
    expect([engine.traffic.count('stats'), engine.traffic.count('inspect')]).to.deep.equal([3, 0]);
  });

  it('is counted where its stats have neither CPU time nor memory, and shown without those', async () => {
    const stats = { read: '2026-01-01T00:00:00Z', cpu_stats: { cpu_usage: { total_usage: 0 } }, memory_stats: {} };
    engine.fault('stats', { body: JSON.stringify(stats) }, name);
    const snapshot = await pipeline.snapshot();
    expect(messagesIn(snapshot)).to.deep.equal(['runs without figures: its stats have neither CPU time nor memory']);
    expect(itself(snapshot)?.resources).to.include({ cpuUsage: undefined, memoryUsage: undefined });
  });

  it('is well again once its stats have figures', async () => {
    engine.fault('stats', notRunning, name);
    await pipeline.snapshot();
    engine.clearFaults();
    const snapshot = await pipeline.snapshot();
    expect(messagesIn(snapshot)).to.deep.equal([]);
    expect(itself(snapshot)?.resources).not.to.equal(undefined);
  });

  it('is no problem where it ended, or began again', async () => {
    await pipeline.snapshot();
    engine.fault('stats', notRunning, name);
    await pipeline.snapshot();
    engine.containers.stop(name);
    expect(messagesIn(await pipeline.snapshot())).to.deep.equal([]);
    engine.clearFaults();
    engine.containers.start(name);
    const snapshot = await pipeline.snapshot();
    expect(messagesIn(snapshot)).to.deep.equal([]);
    expect(itself(snapshot)?.resources).not.to.equal(undefined);
  });

  it('is there where only inspect says that it is gone', async () => {
    engine.fault('inspect', { status: 404, message: 'page not found' }, name);
    const { id } = engine.containers.get(name);
    for (let scrape = 1; scrape <= 2; scrape += 1) {
      const snapshot = await pipeline.snapshot();
      expect(messagesIn(snapshot)).to.deep.equal([`GET /containers/${id}/json: status 404: page not found`]);
      expect(itself(snapshot)?.resources).not.to.equal(undefined);
    }
  });

  it('is left out without an error where inspect and stats say that it is gone', async () => {
    const { id } = engine.containers.get(name);
    const list = JSON.stringify([{ Id: id, Names: [`/${name}`], Image: 'nginx', State: 'running', Status: 'Up' }]);
    engine.fault('list', { body: list });
    engine.containers.remove(name);
    const snapshot = await pipeline.snapshot();
    expect(itself(snapshot)).to.equal(undefined);
    expect(snapshot.errors.container).to.equal(0);
  });

  it('is there, and each call about it an error, where the next list still has it', async () => {
    engine.fault('inspect', { status: 404 }, name);
    engine.fault('stats', { status: 404 }, name);
    await pipeline.snapshot();
    for (let scrape = 1; scrape <= 2; scrape += 1) {
      const snapshot = await pipeline.snapshot();
      expect(itself(snapshot)).to.include({ state: 'running', resources: undefined });
      expect(snapshot.errors.container).to.equal(scrape);
    }
  });

  it('is forgotten as one that was gone once no list has it any more', async () => {
    engine.fault('inspect', { status: 404 }, name);
    engine.fault('stats', { status: 404 }, name);
    await pipeline.snapshot();
    engine.containers.remove(name);
    for (let scrape = 1; scrape <= 2; scrape += 1) {
      const snapshot = await pipeline.snapshot();
      expect(snapshot.containers).to.have.length(2);
      expect(snapshot.errors.container).to.equal(0);
    }
  });
});

describe('a snapshot of what is no engine', () => {
  const page = '<html>It works!</html>';
  for (const [what, fault] of [
    ['says 404 to everything', { status: 404 }],
    ['says 400 to everything', { status: 400 }],
    ['wants a login', { status: 401 }],
    ['forbids everything', { status: 403 }],
    ['redirects everything', { status: 302 }],
    ['shows a page', { body: page }],
    ['says nothing', 'empty'],
  ] as const) {
    it(`is down where an engine was and now something ${what}, and knows its containers when it is back`, async () => {
      const engine = await startSimulator({ containers: 3, allRunning: true });
      const pipeline = await createPipeline(engine.host);
      const before = await pipeline.snapshot();
      const endpoints = [
        'ping',
        'info',
        'list',
        'inspect',
        'stats',
        'images',
        'volumes',
        'networks',
        'events',
      ] as const;
      for (const endpoint of endpoints) engine.fault(endpoint, fault);
      const during = await pipeline.snapshot();
      engine.clearFaults();
      const after = await pipeline.snapshot();
      pipeline.close();
      await engine.stop();
      expect(during).to.deep.include({ up: false, containers: [], system: { ...during.system, networks: undefined } });
      expect(during.errors).to.deep.equal({ container: 1, system: 4 });
      expect(after.up).to.equal(true);
      const shown = ({ containers }: Snapshot): unknown =>
        containers.map(({ name, startedAt, lifecycle }) => [name, startedAt, lifecycle.countedSince]);
      expect(shown(after)).to.deep.equal(shown(before));
    });
  }

  it('reports no events before an engine told of some', async () => {
    const engine = await startSimulator({ containers: 1 });
    engine.fault('events', { status: 404 });
    const pipeline = await createPipeline(engine.host);
    const { up, capabilities } = await pipeline.snapshot();
    pipeline.close();
    await engine.stop();
    expect({ up, events: capabilities.has('events') }).to.deep.equal({ up: true, events: false });
  });
});
