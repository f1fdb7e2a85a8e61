import type { EngineInfo } from '../docker/api.ts';
import { nonEmptyString, unsignedNumber } from '../docker/json-values.ts';
import type { ResourceCounts } from '../inventory/resource-counts.ts';
import type { EngineInfoFacts, SystemFacts } from './facts.ts';

/** The system facts, as far as /info and the lists brought them. */
export function systemFacts(info: EngineInfo | undefined, counts: Pick<ResourceCounts, 'get'>): SystemFacts {
  return {
    containersRunning: unsignedNumber(info?.ContainersRunning),
    containersPaused: unsignedNumber(info?.ContainersPaused),
    containersStopped: unsignedNumber(info?.ContainersStopped),
    images: counts.get('images/json'),
    volumes: counts.get('volumes'),
    networks: counts.get('networks'),
    hostName: nonEmptyString(info?.Name),
    engineInfo: info && engineInfoFacts(info),
  };
}

function engineInfoFacts(info: EngineInfo): EngineInfoFacts {
  return {
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
  };
}
