import type { ExitReason } from '../../lib/inventory/lifecycle/exits.ts';
import type { DockerEngine } from '../support/docker-engine.ts';
import { eventually } from '../support/eventually.ts';
import { type Answer, send } from '../support/http.ts';

/** What was done to the containers of one compose project, by what must be counted. */
export interface Done {
  starts: number;
  readonly exits: Record<ExitReason, number>;
  /** Exceeded their memory: the engine tells of at least one event each. */
  outOfMemory: number;
  /** Seconds that they ran by themselves, and in which they did; undefined where that is not known. */
  runSeconds: { readonly least: number; readonly most: number } | undefined;
}

/** Does things to containers of an engine, and keeps account of them by compose project. */
export interface LifecycleOperations {
  readonly done: ReadonlyMap<string, Done>;
  /** Runs a job that is removed when it ends, and waits until it is gone. */
  runJob(kind: JobKind): Promise<void>;
  /** Lets the restart policy start a crashing container twice, until it gives up. */
  crash(): Promise<void>;
  /** Starts, stops, kills or restarts by hand a container that stays. */
  byHand(action: HandAction): Promise<void>;
  /** Ends the daemon, which stops all containers, and starts it again: one container starts with it. */
  restartDaemon(): Promise<void>;
}

const jobs = {
  completed: { reason: 'completed', command: ['sleep', '1'], seconds: 1 },
  failed: { reason: 'error', command: ['sh', '-c', 'sleep 1; exit 3'], seconds: 1 },
  starved: { reason: 'oom_killed', command: ['tail', '/dev/zero'], memory: 8_388_608 },
  stopped: { reason: 'stopped', command: ['sleep', '100000'], end: 'stop' },
  killed: { reason: 'stopped', command: ['sleep', '100000'], end: 'kill' },
} as const satisfies Readonly<Record<string, Job>>;

interface Job {
  readonly reason: ExitReason;
  readonly command: readonly string[];
  /** How long it runs by itself. */
  readonly seconds?: number;
  /** Bytes that it exceeds. */
  readonly memory?: number;
  /** How it is ended by hand. */
  readonly end?: 'stop' | 'kill';
}

export type JobKind = keyof typeof jobs;
export const jobKinds = Object.keys(jobs) as readonly JobKind[];

export const handActions = ['start', 'stop', 'kill', 'restart'] as const;
export type HandAction = (typeof handActions)[number];

/** Makes two containers that stay: one that is acted on by hand, and one that the daemon starts with itself. */
export async function createLifecycleOperations(engine: DockerEngine): Promise<LifecycleOperations> {
  const done = new Map<string, Done>();
  const doneIn = (project: string): Done => {
    const known = done.get(project) ?? {
      starts: 0,
      exits: { completed: 0, stopped: 0, oom_killed: 0, error: 0 },
      outOfMemory: 0,
      runSeconds: undefined,
    };
    done.set(project, known);
    return known;
  };
  const post = (path: string, body?: unknown): Promise<Answer> => call(engine, 'POST', path, body);
  const create = async (project: string, command: readonly string[], hostConfig: object = {}): Promise<string> => {
    const { body } = await post('/containers/create', {
      Image: 'bb:latest',
      Cmd: command,
      StopSignal: 'SIGKILL',
      Labels: { 'com.docker.compose.project': project },
      HostConfig: { NetworkMode: 'none', ...hostConfig },
    });
    const { Id: id }: { Id: string } = JSON.parse(body.toString());
    return id;
  };
  const start = async (id: string, project: string): Promise<void> => {
    await post(`/containers/${id}/start`);
    doneIn(project).starts += 1;
  };

  const hasOomEvent = async (id: string): Promise<boolean> => {
    const filters = JSON.stringify({ container: [id], event: ['oom'] });
    const query = new URLSearchParams({ filters, since: '0', until: String(Date.now() / 1000) });
    return (await call(engine, 'GET', `/events?${query.toString()}`)).body.length > 0;
  };

  const steady = await create('by-hand', ['sleep', '100000']);
  const resilient = await create('resilient', ['sleep', '100000'], { RestartPolicy: { Name: 'unless-stopped' } });
  let isSteadyRunning = false;
  await start(resilient, 'resilient');

  return {
    done,
    runJob: async (kind) => {
      const { reason, command, seconds, memory, end }: Job = jobs[kind];
      const limits = memory === undefined ? {} : { Memory: memory, MemorySwap: memory };
      const id = await create(kind, command, { AutoRemove: true, ...limits });
      const begun = performance.now();
      await start(id, kind);
      if (end !== undefined) await post(`/containers/${id}/${end}`);
      await post(`/containers/${id}/wait?condition=removed`);
      const elapsed = (performance.now() - begun) / 1000;
      const counted = doneIn(kind);
      // Of a few in a hundred, engines on cgroup v1 do not notice: no event, and no OOMKilled.
      const isNoticed = memory === undefined || (await hasOomEvent(id));
      counted.exits[isNoticed ? reason : 'error'] += 1;
      if (memory !== undefined && isNoticed) counted.outOfMemory += 1;
      const { least, most } = counted.runSeconds ?? { least: 0, most: 0 };
      if (seconds !== undefined) counted.runSeconds = { least: least + seconds, most: most + elapsed };
    },
    crash: async () => {
      const policy = { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } };
      const id = await create('crashing', ['sh', '-c', 'exit 7'], policy);
      await start(id, 'crashing');
      await eventually(
        'the policy gives up',
        async () => {
          const { RestartCount: restarts, State: state } = await engine.apiGet<{
            RestartCount: number;
            State: { Status: string };
          }>(`/containers/${id}/json`);
          return restarts === 2 && state.Status === 'exited';
        },
        { within: 60_000 },
      );
      await call(engine, 'DELETE', `/containers/${id}`);
      const counted = doneIn('crashing');
      counted.starts += 2;
      counted.exits.error += 3;
    },
    byHand: async (action) => {
      const counted = doneIn('by-hand');
      const ends = action !== 'start' && isSteadyRunning;
      const starts = action === 'restart' || (action === 'start' && !isSteadyRunning);
      await post(`/containers/${steady}/${action}`);
      if (ends) counted.exits.stopped += 1;
      if (starts) counted.starts += 1;
      isSteadyRunning = starts || (isSteadyRunning && !ends);
    },
    restartDaemon: async () => {
      await engine.terminate();
      await engine.start();
      await eventually(
        'the daemon has started its container',
        async () => {
          const { State: state } = await engine.apiGet<{ State: { Running: boolean } }>(
            `/containers/${resilient}/json`,
          );
          return state.Running;
        },
        { within: 60_000 },
      );
      const counted = doneIn('resilient');
      counted.exits.stopped += 1;
      counted.starts += 1;
      if (isSteadyRunning) doneIn('by-hand').exits.stopped += 1;
      isSteadyRunning = false;
    },
  };
}

/** Rejects where the engine fails; what it refuses, such as to kill what does not run, is no error. */
async function call({ socketPath }: DockerEngine, method: string, path: string, body?: unknown): Promise<Answer> {
  const json = body === undefined ? undefined : JSON.stringify(body);
  const headers = json === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await send({ socketPath, method, path, headers }, json);
  if (answer.status >= 500) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body.toString()}`);
  return answer;
}
