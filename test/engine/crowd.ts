import pLimit from 'p-limit';
import type { DockerEngine } from '../support/docker-engine.ts';

/** Starts idle containers named crowd-0, crowd-1, …, as many at a time as the machine has use for. */
export async function startContainers(engine: DockerEngine, count: number): Promise<void> {
  const limit = pLimit(4);
  const names = Array.from({ length: count }, (_, index) => `crowd-${index}`);
  await Promise.all(
    names.map((name) => limit(() => engine.runContainer(name, ['--network', 'none'], 'sleep', '100000'))),
  );
}
