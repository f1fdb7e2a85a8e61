import { readFileSync, readdirSync } from 'node:fs';
import fc, { type Arbitrary } from 'fast-check';
import { fixtureFolder, recordedEngines } from '../support/golden.ts';
import { type Json, hostileValue, mutated, toBody } from './hostile.ts';

/** The endpoints whose answers are read, and the fields that lead to what is read of them. */
const fields = {
  list: ['Id', 'Names', 'Image', 'State', 'Status', 'Labels'],
  inspect: ['State', 'RestartCount', 'Image'],
  stats: ['read', 'pids_stats', 'blkio_stats', 'cpu_stats', 'memory_stats', 'networks'],
  info: ['Name', 'ContainersRunning', 'ContainersPaused', 'ContainersStopped'],
  images: [],
  volumes: ['Volumes'],
  networks: [],
  'system-df': ['LayersSize', 'Images', 'Containers', 'Volumes', 'BuildCache', 'ContainerUsage', 'VolumeUsage'],
} as const satisfies Record<string, readonly string[]>;

export type Answered = keyof typeof fields;

/** The recorded answers of an endpoint, of all engines or of one. */
export function recordedAnswers(endpoint: Answered, engines: readonly string[] = recordedEngines): readonly Json[] {
  const texts = recordedEngines
    .filter((engine) => engines.includes(engine))
    .flatMap((engine) => filesOf(endpoint, fixtureFolder(engine)).map((file) => readFileSync(file, 'utf8')));
  return texts.filter((text) => text.trim() !== '').map((text): Json => JSON.parse(text));
}

function filesOf(endpoint: Answered, folder: string): readonly string[] {
  if (endpoint === 'list') return [`${folder}/containers.json`];
  if (endpoint !== 'inspect' && endpoint !== 'stats') return [`${folder}/${endpoint}.json`];
  return readdirSync(`${folder}/${endpoint}`).map((file) => `${folder}/${endpoint}/${file}`);
}

/** An answer with some of its fields changed, those that are read above all. */
export function changed(endpoint: Answered, original: Json): Arbitrary<Json> {
  const read: readonly string[] = fields[endpoint];
  return mutated(original, (field) => read.includes(field));
}

/** Anything an endpoint may answer as JSON: a recorded answer with fields changed, or any value at all. */
export function anyAnswer(endpoint: Answered): Arbitrary<Json> {
  const originals = recordedAnswers(endpoint);
  return fc.oneof(
    { arbitrary: fc.oneof(...originals.map((original) => changed(endpoint, original))), weight: 9 },
    { arbitrary: hostileValue, weight: 1 },
  );
}

const noJson = ['', ' ', '{', '[1,', 'nul', '<html>', '{"a":1}x', '\u0000', '['.repeat(100_000)];

/** The body of an answer: JSON for the most part. */
export function bodyOf(answer: Arbitrary<Json>): Arbitrary<string> {
  return fc.oneof({ arbitrary: answer.map(toBody), weight: 15 }, fc.constantFrom(...noJson));
}
