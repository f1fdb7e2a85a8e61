import type { DeviceFacts } from '../../snapshot/facts.ts';
import { type Entity, containerAttributes, containerLabels, counter, group, ofContainer } from '../metric.ts';

const deviceEntities: Entity<DeviceFacts> = {
  labels: [...containerLabels, 'device'],
  *observe({ snapshot }) {
    for (const container of snapshot.containers) {
      for (const facts of container.resources?.devices ?? []) {
        const attributes = { ...containerAttributes(container), device: facts.name };
        yield { facts, attributes, ...ofContainer(container, { 'system.device': facts.name }, facts.countedSince) };
      }
    }
  },
};

export const deviceMetrics = group(deviceEntities, [
  {
    name: 'container_fs_reads_bytes_total',
    kind: 'counter',
    unit: 'By',
    help: 'Bytes read from the block device.',
    otel: counter('container.disk.io', { 'disk.io.direction': 'read' }),
    cadvisor: 'container_fs_reads_bytes_total',
    read: (facts) => facts.readBytes,
  },
  {
    name: 'container_fs_writes_bytes_total',
    kind: 'counter',
    unit: 'By',
    help: 'Bytes written to the block device.',
    otel: counter('container.disk.io', { 'disk.io.direction': 'write' }),
    cadvisor: 'container_fs_writes_bytes_total',
    read: (facts) => facts.writeBytes,
  },
  {
    name: 'container_fs_reads_total',
    kind: 'counter',
    unit: '{operation}',
    help: 'Read operations on the block device.',
    otel: counter('container.disk.operations', { 'disk.io.direction': 'read' }),
    cadvisor: 'container_fs_reads_total',
    read: (facts) => facts.reads,
  },
  {
    name: 'container_fs_writes_total',
    kind: 'counter',
    unit: '{operation}',
    help: 'Write operations on the block device.',
    otel: counter('container.disk.operations', { 'disk.io.direction': 'write' }),
    cadvisor: 'container_fs_writes_total',
    read: (facts) => facts.writes,
  },
]);
