import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { processStartedAt } from '../../lib/metrics/self.ts';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { type Sources, createCollect } from '../../lib/telemetry/collect.ts';
import type { NumberMetricData } from '../../lib/telemetry/metric-data.ts';
import { type Naming, semconvNaming } from '../../lib/telemetry/naming.ts';
import { otlpEncodings } from '../../lib/telemetry/otlp-encoding.ts';
import { connectReader } from '../../lib/telemetry/sdk-reader.ts';
import { quietSources, testBuild } from './bridges.ts';
import { type SentPoint, pointsOfRequest } from './otlp-request.ts';
import { testResources } from './resources.ts';
import { sourceOf } from './snapshots.ts';

export interface PushOptions extends Partial<Sources> {
  readonly resources?: ReturnType<typeof testResources>;
  readonly naming?: Naming;
}

/** The metrics of a snapshot as they are pushed, before they are cut into requests. */
export async function pushedMetrics(snapshot: Snapshot, options: PushOptions = {}): Promise<NumberMetricData[]> {
  const { resources = testResources(), naming = semconvNaming(resources) } = options;
  const sources = { ...quietSources(sourceOf(() => snapshot)), ...options };
  const collected = createCollect({ ...sources, naming, unknownStart: processStartedAt })(10_000);
  const { reader, inOrder } = connectReader({
    naming,
    build: testBuild,
    collected: () => collected,
    create: (metricProducers) => new PrometheusExporter({ preventServerStart: true, metricProducers }),
  });
  const { resourceMetrics } = await reader.collect();
  return inOrder(resourceMetrics.scopeMetrics);
}

/** A snapshot as one request. */
export async function pushRequest(snapshot: Snapshot, options: PushOptions = {}): Promise<ResourceMetrics> {
  const { resources = testResources() } = options;
  return {
    resource: resourceFromAttributes(resources.exporter(snapshot)),
    scopeMetrics: [{ scope: { name: 'test' }, metrics: await pushedMetrics(snapshot, { ...options, resources }) }],
  };
}

/** What a receiver reads of it. */
export async function pushedPoints(snapshot: Snapshot, options: PushOptions = {}): Promise<SentPoint[]> {
  return pointsOfRequest(otlpEncodings['http/protobuf'].serializeRequest(await pushRequest(snapshot, options)));
}
