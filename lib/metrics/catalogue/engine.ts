import type { Snapshot } from '../../snapshot/facts.ts';
import { type Entity, gauge, group, noAttributes, upDown } from '../metric.ts';

const containerCountEntities: Entity<{ readonly count: number | undefined }> = {
  labels: ['state'],
  *observe({ snapshot: { system } }) {
    const counts = {
      running: system.containersRunning,
      paused: system.containersPaused,
      stopped: system.containersStopped,
    };
    for (const [state, count] of Object.entries(counts)) {
      yield {
        facts: { count },
        attributes: { state },
        otelAttributes: { 'container.state': state },
        startedAt: undefined,
      };
    }
  },
};

export const containerCountMetrics = group(containerCountEntities, [
  {
    name: 'docker_containers_total',
    kind: 'gauge',
    unit: '{container}',
    help: 'Number of containers by state, as counted by the daemon.',
    otel: upDown('docker.container.count'),
    read: (facts) => facts.count,
  },
]);

/** The daemon, of which there is one. */
const engineEntity: Entity<Snapshot> = {
  labels: [],
  *observe({ snapshot }) {
    yield { facts: snapshot, attributes: {}, otelAttributes: noAttributes, startedAt: undefined };
  },
};

export const engineMetrics = group(engineEntity, [
  {
    name: 'docker_images_total',
    kind: 'gauge',
    unit: '{image}',
    help: 'Number of images.',
    otel: upDown('docker.image.count'),
    read: ({ system }) => system.images,
  },
  {
    name: 'docker_volumes_total',
    kind: 'gauge',
    unit: '{volume}',
    help: 'Number of volumes.',
    otel: upDown('docker.volume.count'),
    read: ({ system }) => system.volumes,
  },
  {
    name: 'docker_networks_total',
    kind: 'gauge',
    unit: '{network}',
    help: 'Number of networks.',
    otel: upDown('docker.network.count'),
    read: ({ system }) => system.networks,
  },
  {
    name: 'exporter_up',
    kind: 'gauge',
    unit: '{daemon}',
    help: 'Whether the Docker daemon is reachable.',
    otel: gauge('exporter.up'),
    read: ({ up }) => (up ? 1 : 0),
  },
]);
