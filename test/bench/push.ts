import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { startSimulator } from '../simulator/simulator.ts';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { type Naming, prometheusNaming, semconvNaming } from '../../lib/telemetry/naming.ts';
import { collectOtelData } from '../../lib/telemetry/otel-data.ts';
import { otlpEncodings, otlpProtocols } from '../../lib/telemetry/otlp-encoding.ts';
import type { Resources } from '../../lib/telemetry/resources.ts';
import { createPipeline, testBuild } from '../support/pipeline.ts';
import { testResources } from '../support/resources.ts';

const containers = Number(process.argv[2] ?? 1_000);
const rounds = 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The identity of a container on each of its data points instead of on a resource of its own. */
function onDataPoints(snapshot: Snapshot, resources: Resources): Naming {
  const identities = new Map(
    snapshot.containers.map((container) => [container, resources.container(container, snapshot).attributes]),
  );
  return {
    ...semconvNaming,
    resourcePerContainer: false,
    attributesOf: (metric, observed) => ({
      ...(observed.container && identities.get(observed.container)),
      ...semconvNaming.attributesOf(metric, observed),
    }),
  };
}

/** CPU milliseconds of one call, the best half of the rounds on average. */
function cpuOf(call: () => unknown): number {
  const times = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    call();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  const best = times.sort((left, right) => left - right).slice(0, rounds / 2);
  return best.reduce((sum, time) => sum + time, 0) / best.length;
}

/** `npm run bench -- push [1000]`: what a push of so many containers weighs and costs, with the identity in either place. */
async function measure(): Promise<void> {
  const engine = await startSimulator({ containers, allRunning: true });
  const pipeline = await createPipeline(engine.host);
  const snapshot = await pipeline.snapshot(60_000);
  const resources = testResources();
  const namings: Readonly<Record<string, Naming>> = {
    'semconv, a resource each': semconvNaming,
    'semconv, on data points': onDataPoints(snapshot, resources),
    prometheus: prometheusNaming('', {}),
  };
  for (const [name, naming] of Object.entries(namings)) {
    const collect = (): ResourceMetrics[] =>
      collectOtelData({ snapshot, build: testBuild }, { naming, resources, deltas: undefined });
    const data = collect();
    const points = data.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics.map(({ dataPoints }) => dataPoints.length)),
    );
    for (const protocol of otlpProtocols) {
      const { serialize } = otlpEncodings[protocol];
      const body = serialize(data);
      collectGarbage();
      const figures = {
        containers: snapshot.containers.length,
        points: points.reduce((sum, count) => sum + count, 0),
        bytes: body.length,
        gzip_bytes: gzipSync(body).length,
        collect_ms: Math.round(cpuOf(collect)),
        serialize_ms: Math.round(cpuOf(() => serialize(data))),
        gzip_ms: Math.round(cpuOf(() => gzipSync(body))),
      };
      process.stdout.write(`${name}, ${protocol}: ${JSON.stringify(figures)}\n`);
    }
  }
  pipeline.close();
  await engine.stop();
}

await measure();
