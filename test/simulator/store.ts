import type { SimulatedContainer } from './container.ts';

/** The containers of the engine, found by id, 12-character id, or name with or without its slash. */
export interface ContainerStore {
  readonly size: number;
  find(reference: string): SimulatedContainer | undefined;
  /** Oldest first. */
  all(): SimulatedContainer[];
  /** Throws when the name is taken. */
  add(container: SimulatedContainer): void;
  /** Throws when the name is taken. */
  rename(container: SimulatedContainer, name: string): void;
  remove(container: SimulatedContainer): void;
}

export function createStore(containers: readonly SimulatedContainer[]): ContainerStore {
  const byId = new Map<string, SimulatedContainer>();
  const byShortId = new Map<string, SimulatedContainer>();
  const byName = new Map<string, SimulatedContainer>();

  function claim(name: string, container: SimulatedContainer): void {
    if (byName.has(name)) throw new Error(`The container name "/${name}" is already in use`);
    byName.set(name, container);
  }

  function add(container: SimulatedContainer): void {
    claim(container.name, container);
    byId.set(container.id, container);
    byShortId.set(container.id.slice(0, 12), container);
  }

  for (const container of containers) add(container);

  return {
    get size() {
      return byId.size;
    },
    find(reference) {
      const name = reference.startsWith('/') ? reference.slice(1) : reference;
      return byId.get(reference) ?? byName.get(name) ?? byShortId.get(reference);
    },
    all: () => [...byId.values()],
    add,
    rename(container, name) {
      claim(name, container);
      byName.delete(container.name);
      container.name = name;
    },
    remove(container) {
      byId.delete(container.id);
      byShortId.delete(container.id.slice(0, 12));
      byName.delete(container.name);
    },
  };
}
