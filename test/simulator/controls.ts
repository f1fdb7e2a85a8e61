import { createContainer } from './container.ts';
import type { Description, Health, Life, SimulatedContainer, Status } from './container.ts';
import type { EventLog } from './events.ts';
import { KILLED, createLifecycle } from './lifecycle.ts';
import { namesOf } from './system.ts';
import type { ContainerStore } from './store.ts';
import { describeMember, describePlain, memberHealth } from './population.ts';

/** What may be said of a container to be added. With a name the rest is a plain container's, without one the population's next. */
export type NewContainer = Partial<Description & Pick<Life, 'status' | 'exitCode' | 'health' | 'restartCount'>>;

/**
 * What people and processes do to containers. A container is given by its name, id or 12-character id; an unknown one,
 * or one in a state that does not allow it, throws.
 */
export interface ContainerControls {
  readonly size: number;
  get(reference: string): Readonly<SimulatedContainer>;
  /** Oldest first. */
  all(): readonly Readonly<SimulatedContainer>[];
  /** Creates one and brings it into its state, running if none is given. */
  add(container?: NewContainer): Readonly<SimulatedContainer>;
  /** `docker rm --force`. */
  remove(reference: string): void;
  start(reference: string): void;
  /** `docker stop`: its process obeys SIGTERM and ends with that code, 0 if none is given. */
  stop(reference: string, exitCode?: number): void;
  /** `docker kill --signal`, of one that its process survives. */
  signal(reference: string, signal: number): void;
  /** `docker exec`. */
  exec(reference: string): void;
  /** The kernel kills one of its processes to free memory; unless it was the main one, it goes on. */
  exceedMemory(reference: string): void;
  /** `docker kill`. */
  kill(reference: string): void;
  /** `docker restart`: a new start, counters from zero; no restart of the policy, so `RestartCount` is 0 again. */
  restart(reference: string): void;
  pause(reference: string): void;
  unpause(reference: string): void;
  rename(reference: string, name: string): void;
  /** Its health check comes to that verdict. */
  setHealth(reference: string, health: Health): void;
  /** Its process ends by itself; a restart policy that minds leaves it `restarting` and counts one restart more. */
  exit(reference: string, exitCode: number): void;
  /** The restart policy starts a `restarting` container again. */
  recover(reference: string): void;
}

/** Makes the controls of a store's containers; new ones get the serial numbers from `firstSerial` on. */
export function createControls(
  store: ContainerStore,
  events: EventLog,
  clock: () => number,
  firstSerial: number,
): ContainerControls {
  const lifecycle = createLifecycle(events, clock);
  let nextSerial = firstSerial;

  function get(reference: string): SimulatedContainer {
    const container = store.find(reference);
    if (container === undefined) throw new Error(`No such container: ${reference}`);
    return container;
  }

  function getIn(reference: string, ...allowed: Status[]): SimulatedContainer {
    const container = get(reference);
    if (allowed.includes(container.status)) return container;
    throw new Error(`Container ${container.name} is ${container.status}, not ${allowed.join(' or ')}`);
  }

  /** The images, volumes and networks that come or go with a container. */
  function publishNew(
    action: 'create' | 'destroy',
    containers: readonly SimulatedContainer[],
    others: readonly SimulatedContainer[],
  ): void {
    for (const type of ['image', 'volume', 'network'] as const) {
      const there = new Set(namesOf[type](others));
      const actions =
        type === 'image' ? { create: 'pull', destroy: 'delete' } : { create: 'create', destroy: 'destroy' };
      for (const name of namesOf[type](containers)) {
        if (!there.has(name)) events.publishOther(type, actions[action], name);
      }
    }
  }

  function startByHand(container: SimulatedContainer): void {
    container.restartCount = 0;
    lifecycle.begin(container);
  }

  return {
    get size() {
      return store.size;
    },
    get,
    all: () => store.all(),
    add(wanted = {}) {
      const serial = nextSerial++;
      const { name, status = 'running', exitCode = 0, health, restartCount = 0, ...described } = wanted;
      const description = name === undefined ? describeMember(serial) : describePlain(name, serial);
      const verdict = health ?? (name === undefined ? memberHealth(serial) : undefined);
      const container = createContainer(
        serial,
        { ...description, ...described },
        {
          status: 'created',
          createdAt: clock(),
          pausedFor: 0,
          exitCode: 0,
          outOfMemory: false,
          restartCount: 0,
          health: verdict,
        },
      );
      publishNew('create', [container], store.all());
      store.add(container);
      events.publish('create', container);
      if (status === 'created') return container;
      lifecycle.begin(container);
      if (verdict !== undefined) lifecycle.judge(container, verdict);
      if (status === 'paused') lifecycle.pause(container);
      else if (status !== 'running') lifecycle.end(container, exitCode, status);
      container.restartCount = restartCount;
      return container;
    },
    remove(reference) {
      const container = get(reference);
      if (container.status === 'running' || container.status === 'paused') lifecycle.kill(container);
      store.remove(container);
      events.publish('destroy', container);
      publishNew('destroy', [container], store.all());
    },
    start: (reference) => startByHand(getIn(reference, 'created', 'exited')),
    stop: (reference, exitCode = 0) => lifecycle.stop(getIn(reference, 'running', 'paused', 'restarting'), exitCode),
    kill: (reference) => lifecycle.kill(getIn(reference, 'running', 'paused', 'restarting')),
    signal: (reference, signal) => lifecycle.signal(getIn(reference, 'running'), signal),
    exec: (reference) => lifecycle.exec(getIn(reference, 'running')),
    exceedMemory: (reference) => lifecycle.exceedMemory(getIn(reference, 'running')),
    restart(reference) {
      const container = getIn(reference, 'created', 'running', 'paused', 'restarting', 'exited');
      if (container.status !== 'created' && container.status !== 'exited') lifecycle.stop(container, KILLED);
      startByHand(container);
      events.publish('restart', container);
    },
    pause: (reference) => lifecycle.pause(getIn(reference, 'running')),
    unpause: (reference) => lifecycle.unpause(getIn(reference, 'paused')),
    rename(reference, name) {
      const container = get(reference);
      const oldName = `/${container.name}`;
      store.rename(container, name);
      events.publish('rename', container, { oldName });
    },
    setHealth: (reference, health) => lifecycle.judge(getIn(reference, 'running'), health),
    exit(reference, exitCode) {
      const container = getIn(reference, 'running');
      lifecycle.end(container, exitCode, restartsAfter(container, exitCode) ? 'restarting' : 'exited');
    },
    recover: (reference) => lifecycle.begin(getIn(reference, 'restarting')),
  };
}

function restartsAfter({ restartPolicy }: SimulatedContainer, exitCode: number): boolean {
  return (
    restartPolicy === 'always' ||
    restartPolicy === 'unless-stopped' ||
    (restartPolicy === 'on-failure' && exitCode !== 0)
  );
}
