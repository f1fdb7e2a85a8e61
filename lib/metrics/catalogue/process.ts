import { processStartedAt } from '../self.ts';
import { counter, gauge, exporterGroup, unlabelled, upDown } from '../metric.ts';

const processEntity = unlabelled(({ self }) => self?.process, processStartedAt);

export const processMetrics = exporterGroup(processEntity, [
  {
    name: 'process_cpu_seconds_total',
    kind: 'counter',
    unit: 's',
    help: 'CPU time used by the exporter.',
    otel: counter('exporter.process.cpu.time'),
    read: ({ cpu }) => cpu,
  },
  {
    name: 'process_resident_memory_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Resident memory of the exporter.',
    otel: upDown('exporter.process.memory.usage'),
    read: ({ residentMemory }) => residentMemory,
  },
  {
    name: 'process_virtual_memory_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Virtual memory of the exporter.',
    otel: upDown('exporter.process.memory.virtual'),
    read: ({ virtualMemory }) => virtualMemory,
  },
  {
    name: 'process_start_time_seconds',
    kind: 'gauge',
    unit: 's',
    help: 'Unix time of the start of the exporter.',
    otel: gauge('exporter.process.start_time'),
    read: () => processStartedAt,
  },
  {
    name: 'process_open_fds',
    kind: 'gauge',
    unit: '1',
    help: 'Number of open file descriptors.',
    otel: upDown('exporter.process.file_descriptors.open'),
    read: ({ openFiles }) => openFiles,
  },
  {
    name: 'process_max_fds',
    kind: 'gauge',
    unit: '1',
    help: 'Maximum number of open file descriptors.',
    otel: gauge('exporter.process.file_descriptors.limit'),
    read: ({ maxOpenFiles }) => maxOpenFiles,
  },
  {
    name: 'nodejs_eventloop_lag_seconds',
    kind: 'gauge',
    unit: 's',
    help: 'Event loop lag.',
    otel: gauge('exporter.eventloop.lag'),
    read: ({ eventLoopLag }) => eventLoopLag,
  },
  {
    name: 'nodejs_heap_size_used_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'JavaScript heap in use.',
    otel: upDown('exporter.heap.used'),
    read: ({ heapUsed }) => heapUsed,
  },
  {
    name: 'nodejs_heap_size_total_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'JavaScript heap reserved.',
    otel: upDown('exporter.heap.total'),
    read: ({ heapTotal }) => heapTotal,
  },
  {
    name: 'nodejs_external_memory_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Memory of JavaScript objects outside the heap.',
    otel: upDown('exporter.heap.external'),
    read: ({ external }) => external,
  },
]);
