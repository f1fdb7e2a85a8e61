import { readFile, readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { Engine } from './engine.ts';
import { createEventLog } from './events.ts';
import { startServer } from './server.ts';
import type { ServerOptions, SimulatorServer } from './server.ts';

/** The recorded answers of a real engine, each as its text; `inspect` and `stats` by container name. */
export interface Recording {
  /** Headers of every answer. */
  headers: Readonly<Record<string, string>>;
  version: string;
  info: string;
  images: string;
  volumes: string;
  networks: string;
  diskUsage: string;
  containers: string;
  inspect: Readonly<Record<string, string>>;
  stats: Readonly<Record<string, string>>;
}

interface ListEntry {
  Id: string;
  Names: readonly string[];
  State: string;
}

/** Reads the recording in a folder: `containers.json`, `inspect/NAME.json`, `stats/NAME.json`, `info.json` and so on. */
export async function readRecording(folder: string): Promise<Recording> {
  const [ping, version, info, images, volumes, networks, diskUsage, containers] = await Promise.all([
    readFile(join(folder, 'ping.json'), 'utf8'),
    readFile(join(folder, 'version.json'), 'utf8'),
    readFile(join(folder, 'info.json'), 'utf8'),
    readFile(join(folder, 'images.json'), 'utf8'),
    readFile(join(folder, 'volumes.json'), 'utf8'),
    readFile(join(folder, 'networks.json'), 'utf8'),
    readFile(join(folder, 'system-df.json'), 'utf8'),
    readFile(join(folder, 'containers.json'), 'utf8'),
  ]);
  const [inspect, stats] = await Promise.all([readAll(join(folder, 'inspect')), readAll(join(folder, 'stats'))]);
  return {
    headers: generalHeaders(ping),
    version,
    info,
    images,
    volumes,
    networks,
    diskUsage,
    containers,
    inspect,
    stats,
  };
}

async function readAll(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  const texts = await Promise.all(
    names.map(async (name) => [parse(name).name, await readFile(join(folder, name), 'utf8')] as const),
  );
  return Object.fromEntries(texts);
}

/** Starts to serve a recording: nothing in it ever changes, and no events happen. */
export async function startRecordedEngine(recording: Recording, options: ServerOptions = {}): Promise<SimulatorServer> {
  return startServer(recordedEngine(recording), options);
}

function recordedEngine(recording: Recording): Engine {
  const version: { ApiVersion: string; MinAPIVersion: string } = JSON.parse(recording.version);
  const entries: ListEntry[] = JSON.parse(recording.containers);
  const byReference = new Map(
    entries.flatMap((entry) => [entry.Id, entry.Id.slice(0, 12), nameOf(entry)].map((key) => [key, entry] as const)),
  );

  function textOf(texts: Readonly<Record<string, string>>, id: string): string {
    const entry = byReference.get(id);
    const text = entry && texts[nameOf(entry)];
    if (text === undefined) throw new Error(`Not recorded: ${id}`);
    return text;
  }

  return {
    apiVersion: version.ApiVersion,
    minimumApiVersion: version.MinAPIVersion,
    headers: recording.headers,
    events: createEventLog(Date.now),
    now: Date.now,
    find: (reference) => byReference.get(reference)?.Id,
    hasProcesses: (id) => ['running', 'paused'].includes(byReference.get(id)?.State ?? ''),
    version: () => recording.version,
    info: () => recording.info,
    images: () => recording.images,
    volumes: () => recording.volumes,
    networks: () => recording.networks,
    diskUsage: () => recording.diskUsage,
    list(all) {
      if (all) return recording.containers;
      return JSON.stringify(entries.filter(({ State }) => ['running', 'paused', 'restarting'].includes(State)));
    },
    inspect: (id) => textOf(recording.inspect, id),
    stats: (id) => textOf(recording.stats, id),
  };
}

function nameOf({ Names: [name = ''] }: ListEntry): string {
  return name.replace(/^\//, '');
}

/** What the engine puts on every answer, without what belongs to the one recorded. */
function generalHeaders(ping: string): Record<string, string> {
  const { headers }: { headers: Record<string, string> } = JSON.parse(ping);
  const { Date: _date, 'Content-Length': _length, 'Content-Type': _type, ...general } = headers;
  return general;
}
