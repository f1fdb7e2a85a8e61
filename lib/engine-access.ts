import type { LoadedSettings } from './config/settings.ts';
import { type DockerClient, createDockerClient } from './docker/client.ts';
import type { Filters } from './snapshot/filters.ts';
import { type CollectSnapshot, createCollector } from './snapshot/collector.ts';

/** The engine that the settings name, and how to take snapshots of it. */
export interface EngineAccess {
  readonly client: DockerClient;
  readonly collect: CollectSnapshot;
}

/** Connects to nothing yet; `filters` is looked up for each snapshot. Rejects when the TLS files can't be read. */
export async function openEngine(
  { settings }: LoadedSettings,
  filters: () => Filters = () => settings.collection.filters,
): Promise<EngineAccess> {
  const { docker, collection, performance } = settings;
  const client = await createDockerClient(
    {
      host: docker.host,
      tls: {
        enabled: docker.tls.enabled,
        verify: docker.tls.verify,
        caFile: docker.tls.ca_cert,
        certFile: docker.tls.cert,
        keyFile: docker.tls.key,
      },
    },
    docker.api_version,
  );
  const collect = createCollector({
    client,
    filters,
    collectors: collection.collectors,
    maxConcurrent: performance.max_concurrent,
    maxWaiting: performance.max_waiting,
    now: Date.now,
  });
  return { client, collect };
}
