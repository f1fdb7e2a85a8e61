import type { BuildInfo } from '../../lib/build-info.ts';
import { createMemoryShare } from '../../lib/memory-budget.ts';
import { catalogue } from '../../lib/metrics/catalogue.ts';
import type { SnapshotSource } from '../../lib/snapshot/source.ts';
import type { Sources } from '../../lib/telemetry/collect.ts';
import { type BridgeOptions, type PrometheusBridge, createPrometheusBridge } from '../../lib/telemetry/prometheus.ts';

export const testBuild: BuildInfo = {
  version: '0.0.0',
  commit: 'test',
  buildDate: '2026-01-01',
  nodeVersion: 'v0.0.0',
};

/** A source, and nobody who listens. */
export function quietSources(source: SnapshotSource): Sources {
  return { source, build: testBuild, omitted: { container: 0, system: 0 }, log: { info: () => {}, warn: () => {} } };
}

/** The whole catalogue without namespace and global labels, and memory for any page. */
export function testBridge({
  source,
  ...options
}: Partial<BridgeOptions> & Pick<BridgeOptions, 'source'>): PrometheusBridge {
  return createPrometheusBridge({
    ...quietSources(source),
    groups: catalogue,
    namespace: '',
    globalLabels: {},
    createdTimestamps: false,
    pages: createMemoryShare(Number.POSITIVE_INFINITY),
    ...options,
  });
}
