import type { LimitFacts } from '../../inventory/inspection.ts';
import { type ContainerAt, type Row, gauge, upDown } from '../metric.ts';

/** Microseconds; Docker's and the kernel's default. */
const defaultPeriod = 100_000;

const defaultShares = 1024;

/** What a container was given, under cAdvisor's names. Nothing where it was not inspected. */
export const limitRows: readonly Row<ContainerAt>[] = [
  {
    name: 'container_spec_memory_limit_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Memory limit that is set; 0 for none.',
    otel: upDown('container.memory.configured_limit'),
    cadvisor: 'container_spec_memory_limit_bytes',
    read: ofLimits(({ memory = 0 }) => memory),
  },
  {
    name: 'container_spec_memory_reservation_limit_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Memory reservation; 0 for none.',
    otel: upDown('container.memory.reservation'),
    cadvisor: 'container_spec_memory_reservation_limit_bytes',
    read: ofLimits(({ memoryReservation = 0 }) => memoryReservation),
  },
  {
    name: 'container_spec_memory_swap_limit_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Limit of memory and swap together; 0 for none.',
    otel: upDown('container.memory.swap_limit'),
    cadvisor: 'container_spec_memory_swap_limit_bytes',
    read: ofLimits(({ memorySwap = 0 }) => memorySwap),
  },
  {
    name: 'container_spec_cpu_quota',
    kind: 'gauge',
    unit: 'us',
    help: 'CPU time in microseconds that the container may use in each container_spec_cpu_period; no series without a limit.',
    otel: gauge('container.cpu.cfs.quota'),
    cadvisor: 'container_spec_cpu_quota',
    read: ofLimits(cpuQuota),
  },
  {
    name: 'container_spec_cpu_period',
    kind: 'gauge',
    unit: 'us',
    help: 'Period of the CPU limit in microseconds; 100000 where none is set.',
    otel: gauge('container.cpu.cfs.period'),
    cadvisor: 'container_spec_cpu_period',
    read: ofLimits(cpuPeriod),
  },
  {
    name: 'container_spec_cpu_shares',
    kind: 'gauge',
    unit: '{share}',
    help: 'Weight of the container where CPUs are short; 1024 where none is set.',
    otel: gauge('container.cpu.shares'),
    cadvisor: 'container_spec_cpu_shares',
    read: ofLimits(({ cpuShares = defaultShares }) => cpuShares),
  },
  {
    name: 'container_spec_pids_limit',
    kind: 'gauge',
    unit: '{pid}',
    help: 'Maximum number of processes and threads; no series without a limit.',
    otel: upDown('container.pid.limit'),
    cadvisor: 'container_threads_max',
    read: ofLimits(({ pids }) => pids),
  },
];

function ofLimits(read: (limits: LimitFacts) => number | undefined): Row<ContainerAt>['read'] {
  return ({ container: { limits } }) => limits && read(limits);
}

/** `--cpus` is kept in billionths of a CPU, and becomes a quota in whole microseconds, as Docker reckons it. */
function cpuQuota(limits: LimitFacts): number | undefined {
  const { nanoCpus } = limits;
  return nanoCpus === undefined ? limits.cpuQuota : Math.floor((nanoCpus * defaultPeriod) / 1e9);
}

function cpuPeriod(limits: LimitFacts): number {
  return limits.nanoCpus === undefined ? (limits.cpuPeriod ?? defaultPeriod) : defaultPeriod;
}

/** How many CPUs' time a container may use; undefined without a limit. */
export function cpuLimit(limits: LimitFacts): number | undefined {
  const quota = cpuQuota(limits);
  return quota === undefined ? undefined : quota / cpuPeriod(limits);
}
