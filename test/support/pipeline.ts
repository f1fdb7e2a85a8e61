import { createDockerClient } from '../../lib/docker/client.ts';
import { type InventoryOptions, createInventory } from '../../lib/inventory/inventory.ts';
import { keptLabels } from '../../lib/inventory/labels.ts';
import { createMemoryBudget } from '../../lib/memory-budget.ts';
import { type DiskCollector, createDiskCollector } from '../../lib/snapshot/disk-collector.ts';
import { cadvisorCatalogue } from '../../lib/metrics/cadvisor.ts';
import { catalogue } from '../../lib/metrics/catalogue.ts';
import type { MetricGroup } from '../../lib/metrics/metric.ts';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import type { Filters, Rules } from '../../lib/inventory/filters.ts';
import { type SnapshotSource, createSnapshotSource } from '../../lib/snapshot/source.ts';
import { type CollectorOptions, createCollector } from '../../lib/snapshot/collector.ts';
import type { Format } from '../../lib/telemetry/exposition.ts';
import type { PrometheusBridge } from '../../lib/telemetry/prometheus.ts';
import { testBridge, testBuild } from './bridges.ts';

export const noRules: Rules = { labels: [], names: [], images: [] };

export const noFilters: Filters = { include: noRules, exclude: noRules };

/** Filters with these rules alone. */
export function including(rules: Partial<Rules>): () => Filters {
  const filters = { ...noFilters, include: { ...noRules, ...rules } };
  return () => filters;
}

export function excluding(rules: Partial<Rules>): () => Filters {
  const filters = { ...noFilters, exclude: { ...noRules, ...rules } };
  return () => filters;
}

export { testBuild };

export interface Pipeline {
  readonly source: SnapshotSource;
  /** Undefined where the collector is off. It is not started. */
  readonly disk: DiskCollector | undefined;
  /** A snapshot within 5 s, or what is there by then. */
  snapshot(timeoutMillis?: number): Promise<Snapshot>;
  /** The whole exposition. */
  scrape(format?: Format): Promise<string>;
  /** The same under cAdvisor's names. */
  scrapeCadvisor(format?: Format): Promise<string>;
  close(): void;
}

export interface PipelineOptions
  extends Partial<CollectorOptions>, Partial<Pick<InventoryOptions, 'filters' | 'keepLabel'>> {
  /** Milliseconds that a snapshot may take, 5000 by default. */
  readonly timeout?: number;
  /** Milliseconds that a measurement of the disk may take. */
  readonly diskTimeoutMs?: number | undefined;
}

/** Client, snapshots and telemetry over an engine, put together as the agent does it, with a clock of the test's own. */
export async function createPipeline(
  host: string,
  {
    timeout = 5_000,
    diskTimeoutMs,
    filters = () => noFilters,
    keepLabel = keptLabels(filters),
    ...options
  }: PipelineOptions = {},
): Promise<Pipeline> {
  const tls = { enabled: false, verify: true, caFile: '', certFile: '', keyFile: '' };
  const {
    now = Date.now,
    collectors = { container: true, system: true, disk: false },
    maxConcurrent = 10,
    maxLabelLength = 1_024,
    share = createMemoryBudget().kept,
  } = options;
  const client = await createDockerClient({ host, tls }, '', { maxTextLength: maxLabelLength, now: options.now });
  const inventory = createInventory({ client, collectors, stream: maxConcurrent > 1, share, filters, keepLabel });
  const disk = collectors.disk
    ? createDiskCollector({
        client,
        inventory,
        share,
        apiVersion: '',
        now,
        steadyNow: options.steadyNow,
        timeoutMs: diskTimeoutMs,
      })
    : undefined;
  const collect = createCollector({
    client,
    inventory,
    disk,
    share,
    collectors,
    sharedNetwork: 'once',
    maxConcurrent,
    maxWaiting: 256,
    maxLabelLength,
    maxLifecycleSums: 1_000,
    now,
    ...options,
  });
  const source = createSnapshotSource({ collect, timeout, interval: 0, cacheTtl: 0 });
  const bridgeOf = (groups: readonly MetricGroup[]): PrometheusBridge => testBridge({ groups, source });
  const bridge = bridgeOf(catalogue);
  const cadvisorBridge = bridgeOf(cadvisorCatalogue);
  return {
    source,
    disk,
    snapshot: (timeoutMillis) => source.get({ timeoutMillis }),
    scrape: async (format = 'text') => (await bridge.scrape({ timeoutMillis: timeout, format })).toString(),
    scrapeCadvisor: async (format = 'text') =>
      (await cadvisorBridge.scrape({ timeoutMillis: timeout, format })).toString(),
    close: () => {
      disk?.stop();
      client.close();
    },
  };
}
