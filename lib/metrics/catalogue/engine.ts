import type { Snapshot } from '../../snapshot/facts.ts';
import { type Entity, exporterGroup, gauge, group, unlabelled, upDown } from '../metric.ts';

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
const engineEntity = unlabelled(({ snapshot }) => snapshot);

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
]);

export const upMetrics = exporterGroup(engineEntity, [
  {
    name: 'exporter_up',
    kind: 'gauge',
    unit: '{daemon}',
    help: 'Whether the Docker daemon is reachable.',
    otel: gauge('exporter.up'),
    read: ({ up }) => (up ? 1 : 0),
  },
]);

/** The machine that the daemon runs on. */
export const machineMetrics = group(engineEntity, [
  {
    name: 'machine_cpu_cores',
    kind: 'gauge',
    unit: '{cpu}',
    help: 'Number of CPUs of the host.',
    otel: upDown('system.cpu.logical.count'),
    cadvisor: 'machine_cpu_cores',
    read: ({ system }) => system.engineInfo?.cpuCores,
  },
  {
    name: 'machine_memory_bytes',
    kind: 'gauge',
    unit: 'By',
    help: 'Memory of the host.',
    otel: upDown('system.memory.limit'),
    cadvisor: 'machine_memory_bytes',
    read: ({ system }) => system.engineInfo?.memoryBytes,
  },
]);

/** One where /info was answered: without it, most of its labels would be empty, and the next one another series. */
const engineInfoEntity: Entity<Snapshot> = {
  labels: [
    'version',
    'api_version',
    'product',
    'storage_driver',
    'cgroup_version',
    'cgroup_driver',
    'os',
    'kernel',
    'architecture',
  ],
  *observe({ snapshot }) {
    const { engine, system } = snapshot;
    const info = system.engineInfo;
    if (info === undefined) return;
    const attributes = {
      version: info.version ?? '',
      api_version: engine.apiVersion ?? '',
      product: engine.product,
      storage_driver: info.storageDriver ?? '',
      cgroup_version: info.cgroupVersion ?? '',
      cgroup_driver: info.cgroupDriver ?? '',
      os: info.operatingSystem ?? '',
      kernel: info.kernelVersion ?? '',
      architecture: info.architecture ?? '',
    };
    const named = Object.entries(attributes).map(([label, value]) => [`docker.engine.${label}`, value]);
    yield { facts: snapshot, attributes, otelAttributes: Object.fromEntries(named), startedAt: undefined };
  },
};

export const engineInfoMetrics = group(engineInfoEntity, [
  {
    name: 'docker_engine_info',
    kind: 'gauge',
    unit: '{daemon}',
    help: 'Version and drivers of the engine, and its host, as labels; always 1.',
    otel: gauge('docker.engine.info'),
    read: () => 1,
  },
]);
