import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { buildCached, cachedPath } from './cache.ts';
import { eventually } from './eventually.ts';
import { type Exposition, parseExposition } from './exposition.ts';
import { freePort, send } from './http.ts';
import { run, startProcess } from './process.ts';

/** The newest version in which the Go proxy has all of the modules. */
const version = 'v0.155.0';

const core = 'go.opentelemetry.io/collector';
const contrib = 'github.com/open-telemetry/opentelemetry-collector-contrib';

/** Where the components of a configuration come from. */
const modules: Readonly<Record<string, string>> = {
  'receivers/otlp': `${core}/receiver/otlpreceiver`,
  'processors/memory_limiter': `${core}/processor/memorylimiterprocessor`,
  'processors/batch': `${core}/processor/batchprocessor`,
  'processors/groupbyattrs': `${contrib}/processor/groupbyattrsprocessor`,
  'exporters/debug': `${core}/exporter/debugexporter`,
  'exporters/prometheus': `${contrib}/exporter/prometheusexporter`,
};

/** The configuration that is delivered. */
export const collectorConfig = new URL('../../otel-collector.yaml', import.meta.url).pathname;

/** What the Collector's builder needs to know for exactly the components that the configuration names. */
function builderConfig(): string {
  const config = parse(readFileSync(collectorConfig, 'utf8')) as Record<string, Record<string, unknown>>;
  const components = ['receivers', 'processors', 'exporters'].map((kind) => {
    const gomods = Object.keys(config[kind] ?? {}).map((name) => {
      const gomod = modules[`${kind}/${name}`];
      if (gomod === undefined) throw new Error(`no module is known for ${kind}/${name}`);
      return { gomod: `${gomod} ${version}` };
    });
    return [kind, gomods] as const;
  });
  return stringify({ dist: { name: 'otelcol', output_path: './otelcol' }, ...Object.fromEntries(components) });
}

/** The Collector's binary, whether or not it was built yet; one for each set of components. */
export function collectorBinary(): string {
  const hash = createHash('sha256').update(builderConfig()).digest('hex').slice(0, 16);
  return cachedPath(`otelcol-${hash}`);
}

/** Builds the Collector with its own builder, unless that was done. Takes minutes, and Go. */
export function buildCollector(): Promise<void> {
  return buildCached(collectorBinary(), async (scratch) => {
    await writeFile(join(scratch, 'builder.yaml'), builderConfig());
    await run('go', ['run', `${core}/cmd/builder@${version}`, '--config', 'builder.yaml'], { cwd: scratch });
    return join(scratch, 'otelcol', 'otelcol');
  });
}

export interface RunningCollector {
  /** Where it takes OTLP. */
  readonly endpoint: string;
  /** What its Prometheus exporter shows now. */
  metrics(): Promise<Exposition>;
  stop(): Promise<void>;
}

/** Starts the Collector with the delivered configuration, or changes of it (`--set=…`), on free ports of 127.0.0.1. */
export async function startCollector(...changes: readonly string[]): Promise<RunningCollector> {
  const [otlpPort, prometheusPort] = [await freePort(), await freePort()];
  const { PATH, HOME } = process.env;
  const child = await startProcess(collectorBinary(), ['--config', collectorConfig, ...changes], {
    env: {
      PATH,
      HOME,
      OTLP_ADDRESS: `127.0.0.1:${otlpPort}`,
      PROMETHEUS_ADDRESS: `127.0.0.1:${prometheusPort}`,
    },
  });
  await eventually('the Collector is ready', () => child.stderr().includes('Everything is ready'), { within: 30_000 });
  return {
    endpoint: `http://127.0.0.1:${otlpPort}`,
    metrics: async () => {
      const { body } = await send({ host: '127.0.0.1', port: prometheusPort, path: '/metrics' });
      return parseExposition(body.toString());
    },
    stop: async () => {
      await child.stop();
    },
  };
}
