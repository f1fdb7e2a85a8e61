import { expect } from 'chai';
import type { ListedContainer } from '../../lib/inventory/container-list.ts';
import { type ContainerRegistry, createContainerRegistry } from '../../lib/inventory/containers.ts';
import { neverInspected } from '../../lib/inventory/inspection.ts';
import { createMemoryShare } from '../../lib/memory-budget.ts';
import { noFilters } from '../support/pipeline.ts';
import { keepAll } from '../support/snapshots.ts';

const id = '0123456789ab'.padEnd(64, '0');
const listed = { id, name: 'web', image: 'web:1', labels: {}, state: 'running', health: 'none' } as const;
const event = (action: string, seconds: number) => ({
  type: 'container' as const,
  action,
  id,
  attributes: { name: 'web', image: 'web:1' },
  timeNano: seconds * 1e9,
});

describe('the registry of containers', () => {
  const registryOf = (): ContainerRegistry =>
    createContainerRegistry({ share: createMemoryShare(2 ** 20), filters: () => noFilters, keepLabel: keepAll });
  /** Takes in a list of the engine's second 10. */
  const list = (registry: ContainerRegistry, containers: readonly ListedContainer[]): void => {
    const reader = registry.readList(registry.now(), 10);
    containers.forEach(reader.read);
    reader.finish();
  };

  it('takes no container from events of before a list that lacks it', () => {
    const registry = registryOf();
    list(registry, []);
    for (const action of ['create', 'start', 'die']) registry.apply(event(action, 9));
    expect([...registry.all()]).to.deep.equal([]);
    registry.apply(event('create', 11));
    expect([...registry.all()]).to.have.length(1);
  });

  it('keeps the state of a list whatever an older event says, and has it inspected', () => {
    const registry = registryOf();
    list(registry, [listed]);
    registry.setInspection(id, { ...neverInspected, state: 'running' }, registry.now());
    registry.apply(event('die', 9));
    expect(registry.get(id)).to.include({ state: 'running', isStale: true });
    registry.apply(event('die', 11));
    expect(registry.get(id)).to.include({ state: 'exited' });
  });

  it('knows no container of what happens to it after it is known to be gone', () => {
    const registry = registryOf();
    registry.apply(event('create', 1));
    registry.delete(id);
    for (const action of ['kill', 'die']) registry.apply(event(action, 2));
    expect([...registry.all()]).to.deep.equal([]);
  });
});
