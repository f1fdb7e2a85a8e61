import type { DiskSpace, VolumeFacts } from '../../snapshot/facts.ts';
import { type ContainerAt, type Entity, type Row, gauge, group, unlabelled, upDown } from '../metric.ts';

export const writableLayerRows: readonly Row<ContainerAt>[] = [
  {
    name: 'container_fs_usage_bytes',
    kind: 'gauge',
    unit: 'By',
    help: "Size of the container's writable layer, as of docker_disk_collected_time_seconds.",
    otel: upDown('container.filesystem.usage'),
    cadvisor: 'container_fs_usage_bytes',
    read: ({ container }) => container.writableLayer,
  },
];

/** What the engine calls each type, and what `docker system df` does. */
const typeLabels = {
  image: 'images',
  container: 'containers',
  volume: 'volumes',
  'build-cache': 'build_cache',
} as const;

const spaceEntities: Entity<DiskSpace | undefined> = {
  labels: ['type'],
  *observe({ snapshot: { disk } }) {
    for (const [key, type] of Object.entries(typeLabels)) {
      const facts = disk?.space.get(key as keyof typeof typeLabels);
      yield { facts, attributes: { type }, otelAttributes: { 'docker.disk.type': type }, startedAt: undefined };
    }
  },
};

export const diskSpaceMetrics = group(spaceEntities, [
  {
    name: 'docker_disk_usage_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Disk space in use, by type, as in docker system df.',
    otel: upDown('docker.disk.usage'),
    read: (space) => space?.used,
  },
  {
    name: 'docker_disk_reclaimable_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Disk space that a prune would free, by type, as in docker system df.',
    otel: upDown('docker.disk.reclaimable'),
    read: (space) => space?.reclaimable,
  },
]);

const volumeEntities: Entity<VolumeFacts> = {
  labels: ['volume', 'driver', 'compose_project'],
  *observe({ snapshot: { disk } }) {
    for (const facts of disk?.volumes ?? []) {
      const { name, driver, composeProject } = facts;
      const attributes = { volume: name, driver, compose_project: composeProject };
      const otelAttributes = {
        'docker.volume.name': name,
        'docker.volume.driver': driver,
        'docker.volume.compose_project': composeProject,
      };
      yield { facts, attributes, otelAttributes, startedAt: undefined };
    }
  },
};

export const volumeMetrics = group(volumeEntities, [
  {
    name: 'docker_volume_size_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Size of the volume; anonymous volumes are added up as (anonymous).',
    otel: upDown('docker.volume.size'),
    read: ({ bytes }) => bytes,
  },
]);

const diskEntity = unlabelled(({ snapshot }) => snapshot.disk);

export const diskCollectionMetrics = group(diskEntity, [
  {
    name: 'docker_disk_collected_time_seconds',
    kind: 'gauge',
    unit: 's',
    help: 'Unix time at which the collection of the disk metrics began.',
    otel: gauge('docker.disk.collected_time'),
    read: ({ collectedAt }) => collectedAt / 1_000,
  },
  {
    name: 'docker_disk_collection_seconds',
    kind: 'gauge',
    unit: 's',
    help: 'Time that the collection of the disk metrics took.',
    otel: gauge('docker.disk.collection.duration'),
    read: ({ seconds }) => seconds,
  },
]);
