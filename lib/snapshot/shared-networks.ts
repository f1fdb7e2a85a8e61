import type { ContainerRegistry } from '../inventory/containers.ts';
import { hasRun } from '../inventory/inspection.ts';
import type { ContainerFacts } from './facts.ts';

type Registry = Pick<ContainerRegistry, 'get' | 'all'>;

/** The id of the container whose network a container uses, its own for most. */
type OwnerOf = (container: Pick<ContainerFacts, 'id' | 'networkMode'>) => string;

/**
 * Leaves the interfaces of each network namespace to one container. Of those that share one (`container:ID`) the engine
 * reports the owner's counters for each, and a sum would count them several times. They stay with the owner, or with the
 * first by name where the owner does not run or is filtered out; `registry` knows those too.
 */
export function dedupeSharedNetworks(
  containers: readonly ContainerFacts[],
  registry: Registry,
): readonly ContainerFacts[] {
  if (!containers.some(({ networkMode }) => joined(networkMode) !== undefined)) return containers;
  const ownerOf = createOwnerLookup(registry);
  const owners = new Map(containers.map((container) => [container, ownerOf(container)]));
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

/** Follows each reference once, so that long chains of containers cost no more than short ones. */
function createOwnerLookup(registry: Registry): OwnerOf {
  const owners = new Map<string, string>();
  let idsByName: ReadonlyMap<string, string> | undefined;

  /** Docker's command writes an id; the API takes a name too. */
  const idOf = (reference: string): string => {
    if (registry.get(reference) !== undefined) return reference;
    idsByName ??= new Map([...registry.all()].map(({ id, name }) => [name, id]));
    return idsByName.get(reference) ?? reference;
  };

  return ({ id, networkMode }) => {
    const passed = new Set<string>();
    let owner = id;
    let reference = joined(networkMode);
    while (reference !== undefined && !passed.has(owner) && !owners.has(owner)) {
      passed.add(owner);
      owner = idOf(reference);
      reference = joined(registry.get(owner)?.inspection?.networkMode);
    }
    owner = owners.get(owner) ?? owner;
    for (const each of passed) owners.set(each, owner);
    return owner;
  };
}

/** The container that a network mode refers to; undefined for a network that is not another container's. */
function joined(networkMode: string | undefined): string | undefined {
  return /^container:(.+)$/s.exec(networkMode ?? '')?.[1];
}
