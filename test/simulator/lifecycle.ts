import type { Health, SimulatedContainer, Status } from './container.ts';
import type { EventLog } from './events.ts';

/** The exit code of a process ended by SIGKILL. */
export const KILLED = 137;

/** The states of a container without processes that had some. */
type Ended = Exclude<Status, 'created' | 'running' | 'paused'>;

/** What happens to one container, each with the facts and events of a real Docker Engine. */
export interface Lifecycle {
  begin(container: SimulatedContainer): void;
  /** Its process ends; `restarting` when the restart policy will start it again. */
  end(container: SimulatedContainer, exitCode: number, status: Ended): void;
  stop(container: SimulatedContainer, exitCode: number): void;
  /** A signal that its process survives. */
  signal(container: SimulatedContainer, signal: number): void;
  /** The kernel kills one of its processes to free memory. */
  exceedMemory(container: SimulatedContainer): void;
  /** A process is run in it, as health checks do. */
  exec(container: SimulatedContainer): void;
  kill(container: SimulatedContainer): void;
  pause(container: SimulatedContainer): void;
  unpause(container: SimulatedContainer): void;
  judge(container: SimulatedContainer, health: Health): void;
}

/** Makes the lifecycle that publishes to that log; `clock` gives Unix milliseconds. */
export function createLifecycle(events: EventLog, clock: () => number): Lifecycle {
  function end(container: SimulatedContainer, exitCode: number, status: Ended): void {
    container.status = status;
    container.exitCode = exitCode;
    container.finishedAt = clock();
    container.pausedAt = undefined;
    if (status === 'restarting') container.restartCount++;
    unprobed(container);
    events.publish('die', container, { exitCode: String(exitCode) });
  }

  return {
    begin(container) {
      container.status = 'running';
      container.startedAt = clock();
      container.pausedAt = undefined;
      container.pausedFor = 0;
      container.exitCode = 0;
      container.outOfMemory = false;
      if (container.health !== undefined) container.health = 'starting';
      events.publish('start', container);
    },
    end,
    stop(container, exitCode) {
      events.publish('kill', container, { signal: '15' });
      end(container, exitCode, 'exited');
      events.publish('stop', container);
    },
    signal: (container, signal) => events.publish('kill', container, { signal: String(signal) }),
    exceedMemory(container) {
      container.outOfMemory = true;
      events.publish('oom', container);
    },
    exec(container) {
      for (const action of ['exec_create: test', 'exec_start: test', 'exec_die']) events.publish(action, container);
    },
    kill(container) {
      events.publish('kill', container, { signal: '9' });
      end(container, KILLED, 'exited');
    },
    pause(container) {
      container.status = 'paused';
      container.pausedAt = clock();
      unprobed(container);
      events.publish('pause', container);
    },
    unpause(container) {
      const now = clock();
      container.status = 'running';
      container.pausedFor += now - (container.pausedAt ?? now);
      container.pausedAt = undefined;
      events.publish('unpause', container);
    },
    judge(container, health) {
      container.health = health;
      if (health !== 'starting') events.publish(`health_status: ${health}`, container);
    },
  };
}

/** Docker calls a container unhealthy as long as nobody probes it, and says so in no event. */
function unprobed(container: SimulatedContainer): void {
  if (container.health !== undefined) container.health = 'unhealthy';
}
