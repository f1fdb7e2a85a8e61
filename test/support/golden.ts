import sinon from 'sinon';
import { processStartedAt } from '../../lib/metrics/self.ts';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { readRecording, startRecordedEngine } from '../simulator/recording.ts';
import { eventually } from './eventually.ts';
import { testResources } from './resources.ts';
import type { SentPoint } from './otlp-request.ts';
import { pushedPoints } from './push-requests.ts';
import { type Pipeline, createPipeline } from './pipeline.ts';

/** The time that a scrape of a recorded engine is taken at: shortly after it was recorded. */
const scrapeTimes = {
  'docker-20.10-cgroup1': '2026-11-22T09:00:00.250Z',
  'docker-20.10-cgroup2': '2026-11-22T09:00:00.250Z',
  'docker-29-cgroup1-containerd': '2026-11-24T00:00:00.250Z',
  'docker-29-cgroup2': '2026-11-24T00:00:00.250Z',
  'podman-4.3-cgroup1': '2026-11-22T09:00:00.250Z',
} as const;

export type RecordedEngine = keyof typeof scrapeTimes;

/** The engines whose answers were recorded. */
export const recordedEngines = Object.keys(scrapeTimes) as readonly RecordedEngine[];

export function fixtureFolder(engine: RecordedEngine): string {
  return new URL(`../fixtures/${engine}`, import.meta.url).pathname;
}

/** What is made of a recording, under the name of the file beside it that holds it as it ought to be. */
export const goldenFiles = {
  'expected.prom': (pipeline: Pipeline) => pipeline.scrape('text'),
  'expected.openmetrics': async (pipeline: Pipeline) =>
    (await pipeline.scrape('openmetrics')).replaceAll(` ${processStartedAt}\n`, ' EXPORTER_START\n'),
  'expected.cadvisor.prom': (pipeline: Pipeline) => pipeline.scrapeCadvisor('text'),
  'expected.otlp': async (pipeline: Pipeline) => pushText(await pipeline.snapshot()),
} as const;

export type GoldenFile = keyof typeof goldenFiles;

export function goldenPath(engine: RecordedEngine, file: GoldenFile): string {
  return `${fixtureFolder(engine)}/${file}`;
}

/** An output of a recorded engine, at a time that stands still. */
export async function outputOf(engine: RecordedEngine, file: GoldenFile): Promise<string> {
  const recording = await readRecording(fixtureFolder(engine));
  // The engine's clock and the exporter's are one.
  const info = recording.info.replace(/("SystemTime": ?")[^"]*/, `$1${scrapeTimes[engine]}`);
  const simulator = await startRecordedEngine({ ...recording, info });
  const pipeline = await createPipeline(simulator.host, {
    timeout: 60_000,
    now: () => Date.parse(scrapeTimes[engine]),
    steadyNow: () => 0,
    collectors: { container: true, system: true, disk: true },
  });
  try {
    pipeline.disk?.start();
    await eventually('the disk is measured', () => pipeline.disk?.facts() !== undefined);
    return await goldenFiles[file](pipeline);
  } finally {
    pipeline.close();
    await simulator.stop();
  }
}

/** A push as text: the resource of each container, then that of the exporter, and below it a line a data point. */
async function pushText(snapshot: Snapshot): Promise<string> {
  const resources = testResources({
    attributes: new Map([['deployment.environment.name', 'test']]),
  });
  // The SDK takes the time of what it observes from the clock.
  const clock = sinon.useFakeTimers({ now: snapshot.takenAt, toFake: ['Date'] });
  try {
    const points = await pushedPoints(snapshot, { resources });
    const byId = Map.groupBy(points, ({ resource }) => resource['container.id']);
    return [...snapshot.containers.map(({ id }) => byId.get(id)), byId.get(undefined)]
      .map((own = []) => `${JSON.stringify(own[0]?.resource)}\n${own.map(pointLine).join('')}`)
      .join('')
      .replace(/(?<="service.instance.id":")\w{8}-[\w-]{27}(?=")/, 'INSTANCE');
  } finally {
    clock.restore();
  }
}

function pointLine({ name, unit, kind, temporality, attributes, start, end, value }: SentPoint): string {
  const times = `${timeText(start)} ${timeText(end)}`;
  return `  ${name} ${JSON.stringify(attributes)} ${kind} ${unit} ${temporality} ${times} ${value}\n`;
}

/** The exporter's own start differs from run to run. */
function timeText(unixSeconds: number): string {
  return unixSeconds.toFixed(3) === processStartedAt.toFixed(3) ? 'EXPORTER_START' : String(unixSeconds);
}
