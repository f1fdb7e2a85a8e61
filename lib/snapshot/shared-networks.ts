import type { ContainerRegistry } from '../inventory/containers.ts';
import { hasRun } from '../inventory/inspection.ts';
import type { ContainerFacts } from './facts.ts';

type Registry = Pick<ContainerRegistry, 'get' | 'all'>;

/**
 * Leaves the interfaces of each network namespace to one container. Of those that share one (`container:ID`) the engine
 * reports the owner's counters for each, and a sum would count them several times. They stay with the owner, or with the
 * first by name where the owner does not run or is filtered out; `registry` knows those too.
 */
export function withNetworksOnce(containers: readonly ContainerFacts[], registry: Registry): readonly ContainerFacts[] {
  if (!containers.some(({ networkMode }) => joined(networkMode) !== undefined)) return containers;
  const owners = new Map(containers.map((container) => [container, ownerOf(container, registry)]));
  const holders = new Map<string, ContainerFacts>();
  for (const [container, owner] of owners) {
    if (!hasRun(container)) continue;
    const holder = holders.get(owner) ?? container;
    if (container.id === owner || (holder.id !== owner && container.name <= holder.name)) holders.set(owner, container);
  }
  return containers.map((each) => (holders.get(owners.get(each) ?? each.id) === each ? each : withoutInterfaces(each)));
}

function withoutInterfaces(container: ContainerFacts): ContainerFacts {
  const { resources } = container;
  return { ...container, resources: resources && { ...resources, interfaces: [] } };
}

/** The id of the container whose network it uses, its own for most. */
function ownerOf({ id, networkMode }: ContainerFacts, registry: Registry): string {
  const passed = new Set<string>();
  let owner = id;
  let reference = joined(networkMode);
  while (reference !== undefined && !passed.has(owner)) {
    passed.add(owner);
    const found = resolve(reference, registry);
    owner = found?.id ?? reference;
    reference = joined(found?.inspection?.networkMode);
  }
  return owner;
}

/** The container that a network mode refers to; undefined for a network that is not another container's. */
function joined(networkMode: string | undefined): string | undefined {
  return /^container:(.+)$/s.exec(networkMode ?? '')?.[1];
}

/** Docker's command writes an id; the API takes a name too. */
function resolve(reference: string, registry: Registry): ReturnType<Registry['get']> {
  return registry.get(reference) ?? [...registry.all()].find(({ name }) => name === reference);
}
