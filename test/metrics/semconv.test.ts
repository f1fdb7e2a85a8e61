import { hostname } from 'node:os';
import * as semconv from '@opentelemetry/semantic-conventions/incubating';
import { expect } from 'chai';
import { semconvCatalogue } from '../../lib/metrics/catalogue.ts';
import type { Metric } from '../../lib/metrics/metric.ts';
import { parseStats } from '../../lib/snapshot/stats.ts';
import type { SentPoint } from '../support/otlp-request.ts';
import { stableInstanceId } from '../../lib/telemetry/instance-id.ts';
import { testBuild } from '../support/bridges.ts';
import { pushedPoints } from '../support/push-requests.ts';
import { containerFacts, limitFacts, snapshotOf } from '../support/snapshots.ts';

const rows: readonly Metric[] = semconvCatalogue.flatMap(({ metrics }) => metrics);

/**
 * Instruments and units of the semantic conventions 1.45 for containers, which the package has in its text only:
 * https://opentelemetry.io/docs/specs/semconv/system/container-metrics/
 */
const conventions: readonly (readonly [name: string, instrument: string, unit: string])[] = [
  [semconv.METRIC_CONTAINER_UPTIME, 'gauge', 's'],
  [semconv.METRIC_CONTAINER_CPU_TIME, 'counter', 's'],
  [semconv.METRIC_CONTAINER_MEMORY_USAGE, 'upDownCounter', 'By'],
  [semconv.METRIC_CONTAINER_MEMORY_AVAILABLE, 'upDownCounter', 'By'],
  [semconv.METRIC_CONTAINER_MEMORY_RSS, 'upDownCounter', 'By'],
  [semconv.METRIC_CONTAINER_MEMORY_WORKING_SET, 'upDownCounter', 'By'],
  [semconv.METRIC_CONTAINER_DISK_IO, 'counter', 'By'],
  [semconv.METRIC_CONTAINER_FILESYSTEM_USAGE, 'upDownCounter', 'By'],
  [semconv.METRIC_CONTAINER_NETWORK_IO, 'counter', 'By'],
  [semconv.METRIC_CONTAINER_PAGING_FAULTS, 'counter', '{fault}'],
];

/** What the engine does not tell, or only for the reader to reckon. */
const notHere: readonly string[] = [
  semconv.METRIC_CONTAINER_CPU_USAGE,
  semconv.METRIC_CONTAINER_FILESYSTEM_AVAILABLE,
  semconv.METRIC_CONTAINER_FILESYSTEM_CAPACITY,
  // Deprecated.
  semconv.METRIC_CONTAINER_MEMORY_PAGING_FAULTS,
];

describe('the names for OpenTelemetry', () => {
  for (const [name, instrument, unit] of conventions) {
    it(`have ${name} as the conventions do: ${instrument} in ${unit}`, () => {
      const found = rows.filter(({ otel }) => otel.name === name);
      expect(found).to.not.have.length(0);
      for (const row of found) expect([row.otel.instrument, row.unit]).to.deep.equal([instrument, unit]);
    });
  }

  it('know every metric that the conventions have for containers', () => {
    const theirs = Object.entries(semconv).flatMap(([key, value]) =>
      key.startsWith('METRIC_CONTAINER_') ? [String(value)] : [],
    );
    expect(theirs).to.have.members([...conventions.map(([name]) => name), ...notHere]);
  });

  it('have what the conventions call the host by those names', () => {
    const hosts = rows.filter(({ otel }) => otel.name.startsWith('system.'));
    expect(hosts.map(({ otel, unit }) => [otel.name, otel.instrument, unit])).to.deep.equal([
      [semconv.METRIC_SYSTEM_CPU_LOGICAL_COUNT, 'upDownCounter', '{cpu}'],
      [semconv.METRIC_SYSTEM_MEMORY_LIMIT, 'upDownCounter', 'By'],
    ]);
  });

  it('are in their style, with one instrument, unit and help for each', () => {
    const known = new Map<string, string>();
    for (const { otel, unit } of rows) {
      expect(otel.name).to.match(/^(?:container|docker|exporter|system)(?:\.[a-z][a-z_]*)+$/);
      const description = `${otel.instrument} ${unit}`;
      expect(known.get(otel.name) ?? description, otel.name).to.equal(description);
      known.set(otel.name, description);
    }
  });

  it('have units in UCUM', () => {
    expect(rows.filter(({ unit }) => !/^(?:By|s|us|1|\{[a-z]+\})$/.test(unit))).to.deep.equal([]);
  });

  it('become no two series of one name once Prometheus has put units behind them', () => {
    const suffix = { s: '_seconds', us: '_microseconds', By: '_bytes' } as Record<string, string>;
    const translated = new Map<string, string>();
    for (const { otel, unit } of rows) {
      const words = otel.name.replaceAll('.', '_') + (suffix[unit] ?? '');
      const name = otel.instrument === 'counter' ? `${words.replaceAll('_total', '')}_total` : words;
      expect(translated.get(name) ?? otel.name, name).to.equal(otel.name);
      translated.set(name, otel.name);
    }
  });
});

describe('what is pushed under the semantic conventions', () => {
  const id = 'a'.repeat(64);
  const resources = parseStats({
    read: '2026-01-01T00:00:00Z',
    cpu_stats: { cpu_usage: { total_usage: 3e9, usage_in_usermode: 2e9, usage_in_kernelmode: 1e9 } },
    memory_stats: { usage: 100, limit: 500, stats: { inactive_file: 40, anon: 30 } },
    networks: { eth0: { rx_bytes: 1, tx_bytes: 2 } },
    blkio_stats: {
      io_service_bytes_recursive: [
        { major: 8, minor: 0, op: 'read', value: 5 },
        { major: 8, minor: 0, op: 'write', value: 6 },
      ],
    },
  });
  const web = containerFacts({ id, image: 'nginx:1.27', composeProject: 'shop', composeService: 'web', resources });
  const push = async (container = web): Promise<SentPoint[]> => {
    const points = await pushedPoints(snapshotOf({ containers: [container] }));
    return points.filter(({ resource }) => resource[semconv.ATTR_CONTAINER_ID] === id);
  };
  const pointsOf = async (name: string, container = web) =>
    (await push(container)).filter((point) => point.name === name).map(({ value, attributes }) => [value, attributes]);

  it('tells CPU time by mode', async () => {
    expect(await pointsOf(semconv.METRIC_CONTAINER_CPU_TIME)).to.have.deep.members([
      [1, { [semconv.ATTR_CPU_MODE]: semconv.CPU_MODE_VALUE_SYSTEM }],
      [2, { [semconv.ATTR_CPU_MODE]: semconv.CPU_MODE_VALUE_USER }],
    ]);
  });

  it('tells network and disk by direction, and interface or device', async () => {
    const eth0 = { [semconv.ATTR_NETWORK_INTERFACE_NAME]: 'eth0' };
    expect(await pointsOf(semconv.METRIC_CONTAINER_NETWORK_IO)).to.deep.equal([
      [1, { ...eth0, [semconv.ATTR_NETWORK_IO_DIRECTION]: semconv.NETWORK_IO_DIRECTION_VALUE_RECEIVE }],
      [2, { ...eth0, [semconv.ATTR_NETWORK_IO_DIRECTION]: semconv.NETWORK_IO_DIRECTION_VALUE_TRANSMIT }],
    ]);
    const disk = { [semconv.ATTR_SYSTEM_DEVICE]: '8:0' };
    expect(await pointsOf(semconv.METRIC_CONTAINER_DISK_IO)).to.deep.equal([
      [5, { ...disk, [semconv.ATTR_DISK_IO_DIRECTION]: semconv.DISK_IO_DIRECTION_VALUE_READ }],
      [6, { ...disk, [semconv.ATTR_DISK_IO_DIRECTION]: semconv.DISK_IO_DIRECTION_VALUE_WRITE }],
    ]);
  });

  it('reports page faults by type', async () => {
    const faulting = parseStats({
      read: '2026-01-01T00:00:00Z',
      memory_stats: { usage: 100, stats: { pgfault: 7, pgmajfault: 2 } },
    });
    expect(await pointsOf(semconv.METRIC_CONTAINER_PAGING_FAULTS, { ...web, resources: faulting })).to.deep.equal([
      [5, { [semconv.ATTR_SYSTEM_PAGING_FAULT_TYPE]: semconv.SYSTEM_PAGING_FAULT_TYPE_VALUE_MINOR }],
      [2, { [semconv.ATTR_SYSTEM_PAGING_FAULT_TYPE]: semconv.SYSTEM_PAGING_FAULT_TYPE_VALUE_MAJOR }],
    ]);
  });

  it('identifies image and runtime as the conventions do', async () => {
    const reference = `nginx:1.27@sha256:${'b'.repeat(64)}`;
    expect((await push({ ...web, image: reference, imageId: 'sha256:c' }))[0]?.resource).to.deep.include({
      [semconv.ATTR_CONTAINER_IMAGE_ID]: 'sha256:c',
      [semconv.ATTR_CONTAINER_IMAGE_REPO_DIGESTS]: [`nginx@sha256:${'b'.repeat(64)}`],
    });
    expect(semconv.ATTR_CONTAINER_RUNTIME_VERSION).to.equal('container.runtime.version');
  });

  it('tells available memory only where a limit is set', async () => {
    expect(await pointsOf(semconv.METRIC_CONTAINER_MEMORY_AVAILABLE)).to.deep.equal([]);
    expect(
      await pointsOf(semconv.METRIC_CONTAINER_MEMORY_AVAILABLE, {
        ...web,
        limits: limitFacts({ memory: 200 }),
      }),
    ).to.deep.equal([[140, {}]]);
    expect(
      await pointsOf(semconv.METRIC_CONTAINER_MEMORY_AVAILABLE, { ...web, limits: limitFacts({ memory: 50 }) }),
    ).to.deep.equal([[0, {}]]);
  });

  it('identifies the container on its resource', async () => {
    expect((await push())[0]?.resource).to.deep.equal({
      [semconv.ATTR_SERVICE_NAME]: 'web',
      [semconv.ATTR_SERVICE_NAMESPACE]: 'shop',
      [semconv.ATTR_SERVICE_INSTANCE_ID]: id,
      [semconv.ATTR_CONTAINER_ID]: id,
      [semconv.ATTR_CONTAINER_NAME]: 'web',
      [semconv.ATTR_CONTAINER_IMAGE_NAME]: 'nginx',
      [semconv.ATTR_CONTAINER_IMAGE_TAGS]: ['1.27'],
      [semconv.ATTR_CONTAINER_LABEL('com.docker.compose.project')]: 'shop',
      [semconv.ATTR_CONTAINER_LABEL('com.docker.compose.service')]: 'web',
    });
  });

  it('names runtime, service and host as the conventions do', async () => {
    expect([semconv.ATTR_CONTAINER_RUNTIME_NAME, semconv.ATTR_HOST_NAME]).to.deep.equal([
      'container.runtime.name',
      'host.name',
    ]);
    const [exporter] = (await pushedPoints(snapshotOf())).map(({ resource }) => resource);
    expect(exporter).to.include({
      [semconv.ATTR_SERVICE_NAME]: 'docker-stats-exporter',
      [semconv.ATTR_SERVICE_VERSION]: testBuild.version,
      [semconv.ATTR_SERVICE_INSTANCE_ID]: stableInstanceId(`${hostname()} 9200`),
    });
  });
});
