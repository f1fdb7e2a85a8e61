import type { LimitFunction } from 'p-limit';
import type { EngineInfo, VolumeList } from '../docker/api.ts';
import type { CallLimits, DockerClient, SystemEndpoint } from '../docker/client.ts';
import { EngineError } from '../docker/errors.ts';
import type { SystemFacts } from './facts.ts';
import type { CallRecorder } from './call-recorder.ts';
import { unsignedNumber, isObject, nonEmptyString } from './json-values.ts';

export interface SystemCollection {
  readonly client: DockerClient;
  readonly ledger: CallRecorder;
  readonly limits: CallLimits;
  readonly working: LimitFunction;
}

/** System facts while they are gathered. */
export type PartialSystem = { -readonly [key in keyof SystemFacts]: SystemFacts[key] };

export function emptySystem(): PartialSystem {
  return {
    containersRunning: undefined,
    containersPaused: undefined,
    containersStopped: undefined,
    images: undefined,
    volumes: undefined,
    networks: undefined,
    hostName: undefined,
    engineInfo: undefined,
  };
}

/** Asks the four endpoints; one that fails or is forbidden costs only its own figures. Never rejects. */
export async function collectSystem(collection: SystemCollection, draft: PartialSystem): Promise<void> {
  const { client, ledger, limits, working } = collection;
  const ask = async (endpoint: SystemEndpoint, read: (answer: unknown) => Partial<SystemFacts>): Promise<void> => {
    const answered = await ledger.record('system', endpoint, () =>
      working(async () => read(await client.system(endpoint, limits))),
    );
    if (answered.ok) Object.assign(draft, answered.value);
  };
  await Promise.all([
    ask('info', readInfo),
    ask('images/json', (answer) => ({ images: lengthOf('images/json', answer) })),
    ask('volumes', (answer) => ({ volumes: lengthOf('volumes', volumesIn(answer)) })),
    ask('networks', (answer) => ({ networks: lengthOf('networks', answer) })),
  ]);
}

function readInfo(answer: unknown): Partial<SystemFacts> {
  if (!isObject(answer)) throw unexpected('info');
  const info: EngineInfo = answer;
  return {
    containersRunning: unsignedNumber(info.ContainersRunning),
    containersPaused: unsignedNumber(info.ContainersPaused),
    containersStopped: unsignedNumber(info.ContainersStopped),
    hostName: nonEmptyString(info.Name),
    engineInfo: {
      id: nonEmptyString(info.ID),
      version: nonEmptyString(info.ServerVersion),
      storageDriver: nonEmptyString(info.Driver),
      cgroupVersion: nonEmptyString(info.CgroupVersion),
      cgroupDriver: nonEmptyString(info.CgroupDriver),
      operatingSystem: nonEmptyString(info.OperatingSystem),
      kernelVersion: nonEmptyString(info.KernelVersion),
      architecture: nonEmptyString(info.Architecture),
      cpuCores: unsignedNumber(info.NCPU),
      memoryBytes: unsignedNumber(info.MemTotal),
    },
  };
}

/** Null is an empty list in Go's JSON. */
function volumesIn(answer: unknown): unknown {
  const { Volumes: volumes }: VolumeList = isObject(answer) ? answer : {};
  return volumes === null ? [] : volumes;
}

function lengthOf(endpoint: SystemEndpoint, list: unknown): number {
  if (!Array.isArray(list)) throw unexpected(endpoint);
  return list.length;
}

function unexpected(endpoint: SystemEndpoint): EngineError {
  return new EngineError('malformed', `GET /${endpoint}: the answer is not what the API promises`);
}
