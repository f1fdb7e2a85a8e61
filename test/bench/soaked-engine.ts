import { startContainers } from '../engine/crowd.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { engineVersions, startDockerEngine } from '../support/docker-engine.ts';

/** An engine whose containers are left alone, except that some come, go and crash. */
export interface SoakedEngine {
  readonly host: string;
  /** Starts a job, lets one of the containers crash and start again, or removes the job, by turns. */
  change(): Promise<void>;
  stop(): Promise<void>;
}

/** What is done to containers. */
interface Hands {
  readonly names: readonly string[];
  run(name: string): Promise<unknown>;
  crash(name: string): Promise<unknown>;
  remove(name: string): Promise<unknown>;
}

function changing({ names, run, crash, remove }: Hands): () => Promise<void> {
  let turn = 0;
  return async () => {
    const job = `job-${Math.floor(turn / 3)}`;
    if (turn % 3 === 0) await run(job);
    else if (turn % 3 === 1) await crash(names[turn % names.length] ?? '');
    else await remove(job);
    turn += 1;
  };
}

/** Starts `simulator`, `closing` (the same, but each answer closes its connection), `20.10` or `29` with so many containers. */
export async function startSoakedEngine(kind: string, containers: number): Promise<SoakedEngine> {
  const version = engineVersions.find((name) => name === kind);
  if (version === undefined) return startSimulated(kind, containers);
  const engine = await startDockerEngine(version);
  await startContainers(engine, containers);
  const { docker, host, stop } = engine;
  const names = (await docker('ps', '--format', '{{.Names}}')).split('\n');
  const change = changing({
    names,
    run: (name) => engine.runContainer(name, [], 'sleep', '100000'),
    crash: async (name) => {
      await docker('kill', name);
      await docker('start', name);
    },
    remove: (name) => docker('rm', '--force', name),
  });
  return { host, change, stop };
}

async function startSimulated(kind: string, containers: number): Promise<SoakedEngine> {
  if (kind !== 'simulator' && kind !== 'closing') throw new Error(`no engine is named ${kind}`);
  const isClosing = kind === 'closing';
  const engine = await startSimulator({ containers, allRunning: true, ticking: true, tickMilliseconds: 1, isClosing });
  engine.fault('stats', { delay: 300 });
  const change = changing({
    names: engine.containers.all().map(({ name }) => name),
    run: async (name) => engine.containers.add({ name }),
    crash: async (name) => {
      engine.containers.kill(name);
      engine.containers.start(name);
    },
    remove: async (name) => engine.containers.remove(name),
  });
  return { host: engine.host, change, stop: engine.stop };
}
