import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { emptyResource } from '@opentelemetry/resources';
import { startSimulator } from '../simulator/simulator.ts';
import type { Snapshot } from '../../lib/snapshot/facts.ts';
import { type Naming, prometheusNaming, semconvNaming } from '../../lib/telemetry/naming.ts';
import { type OtlpProtocol, otlpEncodings, otlpProtocols } from '../../lib/telemetry/otlp-encoding.ts';
import { inBatches } from '../../lib/telemetry/push-batches.ts';
import { createPipeline } from '../support/pipeline.ts';
import { pushedMetrics } from '../support/push-requests.ts';
import { testResources } from '../support/resources.ts';

const containers = Number(process.argv[2] ?? 1_000);
const rounds = 10;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A snapshot from facts to the bodies of its requests, as the pusher makes them. */
async function encode(snapshot: Snapshot, naming: Naming, protocol: OtlpProtocol): Promise<Uint8Array[]> {
  const bodies = [];
  for (const metrics of await inBatches(await pushedMetrics(snapshot, { naming }))) {
    const scopeMetrics = [{ scope: { name: 'bench' }, metrics }];
    bodies.push(otlpEncodings[protocol].serializeRequest({ resource: emptyResource(), scopeMetrics }));
    await setTimeout(0);
  }
  return bodies;
}

/** CPU milliseconds of a call, the best half of the rounds on average, and the longest hold of the event loop in that half. */
async function costOf(call: () => Promise<unknown>): Promise<{ cpu_ms: number; longest_ms: number }> {
  const costs = [];
  for (let round = 0; round < rounds; round += 1) {
    collectGarbage();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const before = process.cpuUsage();
    await call();
    const { user, system } = process.cpuUsage(before);
    delay.disable();
    costs.push({ cpu: (user + system) / 1_000, longest: delay.max / 1e6 });
  }
  const best = costs.sort((left, right) => left.cpu - right.cpu).slice(0, rounds / 2);
  return {
    cpu_ms: Math.round(best.reduce((sum, { cpu }) => sum + cpu, 0) / best.length),
    longest_ms: Math.round(Math.max(...best.map(({ longest }) => longest))),
  };
}

/** `npm run bench -- push [1000]`: what a push of so many containers weighs and costs. */
async function measure(): Promise<void> {
  const engine = await startSimulator({ containers, allRunning: true });
  const pipeline = await createPipeline(engine.host, { timeout: 120_000 });
  const snapshot = await pipeline.snapshot(120_000);
  const namings: Readonly<Record<string, Naming>> = {
    semconv: semconvNaming(testResources()),
    prometheus: prometheusNaming('', {}),
  };
  for (const [name, naming] of Object.entries(namings)) {
    for (const protocol of otlpProtocols) {
      const bodies = await encode(snapshot, naming, protocol);
      const sum = (lengths: readonly number[]): number => lengths.reduce((total, length) => total + length, 0);
      const figures = {
        containers: snapshot.containers.length,
        requests: bodies.length,
        bytes: sum(bodies.map((body) => body.length)),
        gzip_bytes: sum(bodies.map((body) => gzipSync(body).length)),
        ...(await costOf(() => encode(snapshot, naming, protocol))),
      };
      process.stdout.write(`${name}, ${protocol}: ${JSON.stringify(figures)}\n`);
    }
  }
  pipeline.close();
  await engine.stop();
}

await measure();
