import { expect } from 'chai';
import { type ContainerRegistry, createContainerRegistry } from '../../lib/inventory/containers.ts';
import { neverInspected } from '../../lib/inventory/inspection.ts';
import type { ContainerFacts } from '../../lib/snapshot/facts.ts';
import { dedupeSharedNetworks } from '../../lib/snapshot/shared-networks.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { createMemoryBudget } from '../../lib/memory-budget.ts';
import { createPipeline, noFilters } from '../support/pipeline.ts';
import { containerFacts, keepAll } from '../support/snapshots.ts';

const resources = parseStats({ read: '2026-01-01T00:00:00Z', networks: { eth0: { rx_bytes: 7 } } });

/** A container whose id is its name in capitals. */
const container = (name: string, networkMode = 'bridge', state = 'running'): ContainerFacts =>
  containerFacts({ id: name.toUpperCase(), name, networkMode, state, resources });

function registryOf(containers: readonly ContainerFacts[]): ContainerRegistry {
  const registry = createContainerRegistry({
    share: createMemoryBudget().kept,
    filters: () => noFilters,
    keepLabel: keepAll,
  });
  for (const { id, name, networkMode, state } of containers) {
    registry.apply({ type: 'container', action: 'create', id, attributes: { name, image: 'bb' }, timeNano: 1 });
    registry.setInspection(id, { ...neverInspected, networkMode, state }, registry.now());
  }
  return registry;
}

/** The names of those that show interfaces, where `hidden` are filtered out. */
function shownAt(containers: readonly ContainerFacts[], hidden: readonly string[] = []): readonly string[] {
  const shown = containers.filter(({ name }) => !hidden.includes(name));
  const result = dedupeSharedNetworks(shown, registryOf(containers));
  expect(result.map(({ name }) => name)).to.deep.equal(shown.map(({ name }) => name));
  return result.flatMap(({ name, resources: facts }) => (facts?.interfaces.length === 1 ? [name] : []));
}

describe('containers that share a network', () => {
  const vpn = container('vpn');
  const [torrent, indexer] = [container('torrent', 'container:VPN'), container('indexer', 'container:VPN')];

  it('show it at the owner, wherever that one stands among them', () => {
    const orders = [
      [vpn, torrent, indexer],
      [torrent, indexer, vpn],
    ];
    for (const order of orders) expect(shownAt(order)).to.deep.equal(['vpn']);
  });

  it('show it at the first by name where the owner is filtered out', () => {
    expect(shownAt([torrent, vpn, indexer], ['vpn'])).to.deep.equal(['indexer']);
    expect(shownAt([torrent, vpn, indexer], ['vpn', 'indexer'])).to.deep.equal(['torrent']);
  });

  it('show it at the first by name that runs where the owner does not', () => {
    const stopped = { ...container('vpn', 'bridge', 'exited'), resources: undefined };
    const paused = container('indexer', 'container:VPN', 'paused');
    expect(shownAt([torrent, stopped, paused])).to.deep.equal(['indexer']);
  });

  it('show it at no other when the owner runs and its stats are missing this time', () => {
    expect(shownAt([torrent, { ...vpn, resources: undefined }])).to.deep.equal([]);
  });

  it('may name the owner by its name, and an owner that joined another', () => {
    const far = container('far', 'container:torrent');
    expect(shownAt([far, torrent, vpn])).to.deep.equal(['vpn']);
    expect(shownAt([far, torrent, vpn], ['vpn'])).to.deep.equal(['far']);
  });

  it('may belong to an owner that is gone', () => {
    expect(shownAt([torrent, indexer])).to.deep.equal(['indexer']);
  });

  it('may go round in a circle, which no engine makes', () => {
    const [a, b] = [container('a', 'container:B'), container('b', 'container:A')];
    expect(shownAt([a, b])).to.have.length(1);
  });

  it('may be a chain of a thousand, each of which is looked up but a few times', () => {
    const chain = Array.from({ length: 1_000 }, (_, index) => container(`c${index}`, `container:c${index + 1}`));
    const registry = registryOf(chain);
    let lookups = 0;
    const counting = {
      get: (id: string) => {
        lookups += 1;
        return registry.get(id);
      },
      all: () => {
        lookups += 1_000;
        return registry.all();
      },
    };
    const result = dedupeSharedNetworks(chain, counting);
    expect(
      result.flatMap(({ name, resources: facts }) => (facts?.interfaces.length === 1 ? [name] : [])),
    ).to.deep.equal(['c0']);
    expect(lookups).to.be.at.most(5_000);
  });

  it('leave the others alone', () => {
    const others = [container('web'), container('host', 'host'), container('shop', 'shop_default'), torrent, vpn];
    expect(shownAt(others)).to.deep.equal(['web', 'host', 'shop', 'vpn']);
    const alone = [container('web'), container('shop', 'shop_default')];
    expect(dedupeSharedNetworks(alone, registryOf(alone))).to.equal(alone);
  });

  for (const [sharedNetwork, shown] of [
    ['once', ['owner']],
    ['each', ['owner', 'guest']],
  ] as const) {
    it(`show it ${sharedNetwork === 'once' ? sharedNetwork : 'at each'} where that is set`, async () => {
      const engine = await startSimulator({ containers: 0 });
      const { id } = engine.containers.add({ name: 'owner' });
      engine.containers.add({ name: 'guest', networkMode: `container:${id}` });
      engine.fault('stats', { body: JSON.stringify({ read: '2026', networks: { eth0: { rx_bytes: 7 } } }) });
      const pipeline = await createPipeline(engine.host, { sharedNetwork });
      const { containers } = await pipeline.snapshot();
      pipeline.close();
      await engine.stop();
      const withInterfaces = containers.filter((each) => each.resources?.interfaces.length === 1);
      expect(withInterfaces.map(({ name }) => name)).to.have.members(shown);
    });
  }
});
