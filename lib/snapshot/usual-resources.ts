import type { ResourceFacts } from './facts.ts';

/** Interfaces, devices and CPUs that an ordinary container has, whose series are counted with the container. */
const usual = { interfaces: 2, devices: 4, cpus: 16 } as const;

/** Series of each interface, device and CPU. */
const seriesEach = { interfaces: 8, devices: 4, cpus: 1 } as const;

/** How many series a container has beyond the usual ones. */
export function extraSeries({ interfaces, devices, cpuUsageByCpu = [] }: ResourceFacts): number {
  return (
    seriesEach.interfaces * Math.max(0, interfaces.length - usual.interfaces) +
    seriesEach.devices * Math.max(0, devices.length - usual.devices) +
    seriesEach.cpus * Math.max(0, cpuUsageByCpu.length - usual.cpus)
  );
}

/** The same with the first interfaces, devices and CPUs, as many as an ordinary container has. */
export function usualResources(resources: ResourceFacts): ResourceFacts {
  return {
    ...resources,
    interfaces: resources.interfaces.slice(0, usual.interfaces),
    devices: resources.devices.slice(0, usual.devices),
    cpuUsageByCpu: resources.cpuUsageByCpu?.slice(0, usual.cpus),
  };
}
