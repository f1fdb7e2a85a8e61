import { readRecording, startRecordedEngine } from '../../lib/simulator/recording.ts';
import { createPipeline } from './pipeline.ts';

/** The engines whose answers were recorded, and the time that a scrape of them is taken at. */
export const recordedEngines = ['docker-20.10-cgroup1', 'docker-20.10-cgroup2', 'podman-4.3-cgroup1'] as const;

export type RecordedEngine = (typeof recordedEngines)[number];

const now = Date.parse('2026-11-22T09:00:00.250Z');

export function fixtureFolder(engine: RecordedEngine): string {
  return new URL(`../fixtures/${engine}`, import.meta.url).pathname;
}

/** The file that holds the exposition as it ought to be. */
export function goldenFile(engine: RecordedEngine): string {
  return `${fixtureFolder(engine)}/expected.prom`;
}

/** The exposition of a recorded engine, at a time that stands still. */
export async function expositionOf(engine: RecordedEngine): Promise<string> {
  const simulator = await startRecordedEngine(await readRecording(fixtureFolder(engine)));
  const pipeline = await createPipeline(simulator.host, { now: () => now });
  try {
    return await pipeline.scrape();
  } finally {
    pipeline.close();
    await simulator.stop();
  }
}
