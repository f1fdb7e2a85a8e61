import { type DockerEngine, createDockerEngine } from './docker-engine.ts';
import { run } from './process.ts';

/** Engines that reach each other as machines on one network do. */
export interface EngineNetwork {
  /** Starts one more and puts it on the network, as `node-1`, `node-2`, …, with the address of that number. */
  add(): Promise<DockerEngine>;
  /** The address of the engine that was added as that, the first being 1. */
  addressOf(number: number): string;
  stop(): Promise<void>;
}

/** A network in the first engine's own namespace, so that nothing of it is on this machine. */
export function createEngineNetwork(): EngineNetwork {
  const engines: DockerEngine[] = [];
  const addressOf = (number: number): string => `10.99.0.${number}`;
  const ip = (engine: DockerEngine, ...args: readonly string[]): Promise<string> =>
    run('nsenter', ['--net', `--target=${engine.pid()}`, 'ip', ...args]);
  return {
    addressOf,
    add: async () => {
      const number = engines.length + 1;
      const engine = await createDockerEngine('20.10', { hostname: `node-${number}` });
      engines.push(engine);
      await engine.start();
      const [first = engine] = engines;
      const interfaceName = number === 1 ? 'machines' : `machine${number}`;
      if (number === 1) await ip(first, 'link', 'add', 'machines', 'type', 'bridge');
      else {
        const peer = ['peer', 'name', interfaceName, 'netns', String(engine.pid())];
        await ip(first, 'link', 'add', `port${number}`, 'type', 'veth', ...peer);
        await ip(first, 'link', 'set', `port${number}`, 'master', 'machines', 'up');
      }
      await ip(engine, 'link', 'set', 'lo', 'up');
      await ip(engine, 'address', 'add', `${addressOf(number)}/24`, 'dev', interfaceName);
      await ip(engine, 'link', 'set', interfaceName, 'up');
      // A Swarm's networks look for the way to the world.
      await ip(engine, 'route', 'add', 'default', 'via', addressOf(number), 'dev', interfaceName);
      return engine;
    },
    stop: async () => {
      for (const engine of engines.toReversed()) await engine.stop();
    },
  };
}
