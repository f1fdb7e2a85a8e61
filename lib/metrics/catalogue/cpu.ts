import type { ContainerAt } from '../container-entity.ts';
import { type Row, counter, upDown } from '../metric.ts';

export const cpuRows: readonly Row<ContainerAt>[] = [
  {
    name: 'container_cpu_usage_seconds_total',
    kind: 'counter',
    unit: 's',
    help: 'CPU time used.',
    otel: counter('container.cpu.usage.time'),
    read: ({ container }) => container.resources?.cpuUsage,
  },
  {
    name: 'container_cpu_system_seconds_total',
    kind: 'counter',
    unit: 's',
    help: 'CPU time used in kernel mode.',
    otel: counter('container.cpu.time', { 'cpu.mode': 'system' }),
    cadvisor: 'container_cpu_system_seconds_total',
    read: ({ container }) => container.resources?.cpuSystem,
  },
  {
    name: 'container_cpu_user_seconds_total',
    kind: 'counter',
    unit: 's',
    help: 'CPU time used in user mode.',
    otel: counter('container.cpu.time', { 'cpu.mode': 'user' }),
    cadvisor: 'container_cpu_user_seconds_total',
    read: ({ container }) => container.resources?.cpuUser,
  },
  {
    name: 'container_cpu_cfs_periods_total',
    kind: 'counter',
    unit: '{period}',
    help: 'Scheduling periods of the CPU limit, throttled or not; 0 without a limit.',
    otel: counter('container.cpu.cfs.periods'),
    read: ({ container }) => container.resources?.cpuPeriods,
  },
  {
    name: 'container_cpu_throttling_periods_total',
    kind: 'counter',
    unit: '{period}',
    help: 'Scheduling periods in which the CPU limit was hit.',
    otel: counter('container.cpu.throttled.periods'),
    read: ({ container }) => container.resources?.cpuThrottledPeriods,
  },
  {
    name: 'container_cpu_throttled_seconds_total',
    kind: 'counter',
    unit: 's',
    help: 'Time for which the CPU limit throttled the container.',
    otel: counter('container.cpu.throttled.time'),
    read: ({ container }) => container.resources?.cpuThrottledTime,
  },
  {
    name: 'container_pids_current',
    kind: 'gauge',
    unit: '{pid}',
    help: 'Number of processes and threads.',
    otel: upDown('container.pid.count'),
    cadvisor: 'container_threads',
    read: ({ container }) => container.resources?.pids,
  },
];
