import { createContainer, hasProcesses } from './containers.ts';
import type { ContainerStore, Description, Health, Life, SimulatedContainer, Status } from './containers.ts';
import { namesOf } from './engine.ts';
import type { EventLog } from './events.ts';
import { describeMember, describePlain } from './population.ts';

/** What may be said of a container to be added. With a name the rest is a plain container's, without one the population's next. */
export type NewContainer = Partial<Description & Pick<Life, 'status' | 'exitCode' | 'health' | 'restartCount'>>;

/**
 * What people and processes do to containers, each with the facts and events of a real Docker Engine. A container is
 * given by its name, id or 12-character id; an unknown one, or one in a state that does not allow it, throws.
 */
export interface ContainerControls {
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
  /** `docker exec`, and what a health check does. */
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

/** The exit code of a process ended by SIGKILL. */
const KILLED = 137;

/** Makes the controls of a store's containers; new ones get the serial numbers from `firstSerial` on. */
export function createControls(
  store: ContainerStore,
  { publish, publishOther }: EventLog,
  clock: () => number,
  firstSerial: number,
): ContainerControls {
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

  function begin(container: SimulatedContainer): void {
    container.status = 'running';
    container.startedAt = clock();
    container.pausedAt = undefined;
    container.pausedFor = 0;
    container.exitCode = 0;
    container.outOfMemory = false;
    if (container.health !== undefined) container.health = 'starting';
    publish('start', container);
  }

  function startByHand(container: SimulatedContainer): void {
    container.restartCount = 0;
    begin(container);
  }

  function end(container: SimulatedContainer, exitCode: number, status: 'exited' | 'restarting' = 'exited'): void {
    container.status = status;
    container.exitCode = exitCode;
    container.finishedAt = clock();
    container.pausedAt = undefined;
    if (status === 'restarting') container.restartCount++;
    markUnprobed(container);
    publish('die', container, { exitCode: String(exitCode) });
  }

  function stop(container: SimulatedContainer, exitCode: number): void {
    publish('kill', container, { signal: '15' });
    end(container, exitCode);
    publish('stop', container);
  }

  function kill(container: SimulatedContainer): void {
    publish('kill', container, { signal: '9' });
    end(container, KILLED);
  }

  function pause(container: SimulatedContainer): void {
    container.status = 'paused';
    container.pausedAt = clock();
    markUnprobed(container);
    publish('pause', container);
  }

  function setHealth(container: SimulatedContainer, health: Health): void {
    container.health = health;
    if (health !== 'starting') publish(`health_status: ${health}`, container);
  }

  /** The images, volumes and networks that come or go with a container. */
  function publishOthers(action: 'create' | 'destroy', container: SimulatedContainer): void {
    const others = store.all().filter((other) => other !== container);
    const imageAction = action === 'create' ? 'pull' : 'delete';
    for (const type of ['image', 'volume', 'network'] as const) {
      const there = namesOf[type](others);
      for (const name of namesOf[type]([container])) {
        if (!there.includes(name)) publishOther(type, type === 'image' ? imageAction : action, name);
      }
    }
  }

  return {
    get,
    all: () => store.all(),
    add(wanted = {}) {
      const serial = nextSerial++;
      const { name, status = 'running', exitCode = 0, health, restartCount = 0, ...described } = wanted;
      const member =
        name === undefined ? describeMember(serial) : { description: describePlain(name), health: undefined };
      const verdict = health ?? member.health;
      const life: Life = {
        status: 'created',
        createdAt: clock(),
        pausedFor: 0,
        exitCode: 0,
        outOfMemory: false,
        restartCount: 0,
        health: verdict,
      };
      const container = createContainer(serial, { ...member.description, ...described }, life);
      publishOthers('create', container);
      store.add(container);
      publish('create', container);
      if (status === 'created') return container;
      begin(container);
      if (verdict !== undefined) setHealth(container, verdict);
      if (status === 'paused') pause(container);
      else if (status !== 'running') end(container, exitCode, status);
      container.restartCount = restartCount;
      return container;
    },
    remove(reference) {
      const container = get(reference);
      if (hasProcesses(container)) kill(container);
      store.remove(container);
      publish('destroy', container);
      publishOthers('destroy', container);
    },
    start: (reference) => startByHand(getIn(reference, 'created', 'exited')),
    stop: (reference, exitCode = 0) => stop(getIn(reference, 'running', 'paused', 'restarting'), exitCode),
    kill: (reference) => kill(getIn(reference, 'running', 'paused', 'restarting')),
    signal: (reference, signal) => publish('kill', getIn(reference, 'running'), { signal: String(signal) }),
    exec(reference) {
      const container = getIn(reference, 'running');
      for (const action of ['exec_create: test', 'exec_start: test', 'exec_die']) publish(action, container);
    },
    exceedMemory(reference) {
      const container = getIn(reference, 'running');
      container.outOfMemory = true;
      publish('oom', container);
    },
    restart(reference) {
      const container = get(reference);
      if (hasProcesses(container) || container.status === 'restarting') stop(container, KILLED);
      startByHand(container);
      publish('restart', container);
    },
    pause: (reference) => pause(getIn(reference, 'running')),
    unpause(reference) {
      const container = getIn(reference, 'paused');
      const now = clock();
      container.status = 'running';
      container.pausedFor += now - (container.pausedAt ?? now);
      container.pausedAt = undefined;
      publish('unpause', container);
    },
    rename(reference, name) {
      const container = get(reference);
      const oldName = `/${container.name}`;
      store.rename(container, name);
      publish('rename', container, { oldName });
    },
    setHealth: (reference, health) => setHealth(getIn(reference, 'running'), health),
    exit(reference, exitCode) {
      const container = getIn(reference, 'running');
      end(container, exitCode, isRestartedAfter(container, exitCode) ? 'restarting' : 'exited');
    },
    recover: (reference) => begin(getIn(reference, 'restarting')),
  };
}

/** Docker calls a container unhealthy as long as nobody probes it, and says so in no event. */
function markUnprobed(container: SimulatedContainer): void {
  if (container.health !== undefined) container.health = 'unhealthy';
}

function isRestartedAfter({ restartPolicy }: SimulatedContainer, exitCode: number): boolean {
  return restartPolicy !== 'no' && (restartPolicy !== 'on-failure' || exitCode !== 0);
}
