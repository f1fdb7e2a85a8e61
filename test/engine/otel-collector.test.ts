import { expect } from 'chai';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { catalogue } from '../../lib/metrics/catalogue.ts';
import { otlpProtocols } from '../../lib/telemetry/otlp-encoding.ts';
import type { Metric } from '../../lib/metrics/metric.ts';
import { type TestAgent, startTestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import type { Exposition } from '../support/exposition.ts';
import { type RunningCollector, collectorBinary, collectorConfig, startCollector } from '../support/otel-collector.ts';
import { run } from '../support/process.ts';
import { translatedName } from '../support/translated-name.ts';
import { needsCollector } from '../support/tools.ts';

/** A series' labels of /metrics as the conventions name them; what says nothing of its identity is left out. */
function translatedLabels({ otel }: Metric, labels: ReadonlyMap<string, string>): Record<string, string> {
  const words: Readonly<Record<string, string>> = {
    container_name: 'container_name',
    compose_service: 'container_label_com_docker_compose_service',
    interface: 'network_interface_name',
    device: 'system_device',
    state: 'container_state',
    reason: 'container_exit_reason',
  };
  const own = [...labels].flatMap(([label, value]) => {
    const word = words[label];
    return word === undefined || value === '' ? [] : [[word, value] as const];
  });
  const fixed = Object.entries(otel.attributes).map(
    ([name, value]) => [name.replaceAll('.', '_'), String(value)] as const,
  );
  return Object.fromEntries([...own, ...fixed]);
}

describe('a real OpenTelemetry Collector', function () {
  this.timeout(60_000);
  let engine: Simulator;
  let collector: RunningCollector;
  let agent: TestAgent;

  needsCollector();
  before(async () => {
    engine = await startSimulator({ containers: 25 });
    collector = await startCollector();
  });
  after(async () => {
    await collector?.stop();
    await engine?.stop();
  });

  /** Pushes one snapshot again and again, so that what is compared stands still. */
  const pushing = async (
    args: readonly string[],
    check: (own: Exposition, theirs: Exposition) => void,
    receiver = collector,
  ): Promise<void> => {
    agent = await startTestAgent([
      '--docker.host',
      engine.host,
      '--metrics.cache.enabled',
      '--metrics.cache.ttl',
      '1h',
      '--otlp.endpoint',
      receiver.endpoint,
      '--otlp.export_interval',
      '500ms',
      ...args,
    ]);
    try {
      const own = await agent.metrics();
      await eventually('the same values', async () => {
        check(own, await receiver.metrics());
        return true;
      });
    } finally {
      await agent.stop();
    }
  };

  it('finds nothing wrong with otel-collector.yaml', async () => {
    await run(collectorBinary(), ['validate', '--config', collectorConfig]);
  });

  for (const protocol of otlpProtocols) {
    it(`shows every container's values as /metrics has them, under the names of the conventions, over ${protocol}`, async () => {
      await pushing(['--otlp.protocol', protocol], (own, theirs) => {
        const rows = catalogue
          .filter(({ labels }) => labels.includes('container_name'))
          .flatMap(({ metrics }) => metrics);
        let compared = 0;
        for (const row of rows) {
          for (const { labels, value } of own.select(row.name)) {
            const theirLabels = translatedLabels(row, labels);
            expect(
              theirs.value(translatedName(row), theirLabels),
              `${row.name} ${JSON.stringify(theirLabels)}`,
            ).to.equal(value);
            compared += 1;
          }
        }
        expect(compared).to.be.greaterThan(500);
      });
    });
  }

  it('keeps containers apart in its Prometheus exporter at its defaults', async () => {
    const receiver = await startCollector('--set=exporters.prometheus.resource_to_telemetry_conversion.enabled=false');
    try {
      const check = (own: Exposition, theirs: Exposition): void => {
        const names = own.select('container_info').map(({ labels }) => labels.get('container_name'));
        const shown = theirs.select('target_info').map(({ labels }) => labels.get('container_name'));
        expect(shown.filter((name) => name !== undefined)).to.have.members(names);
        const series = theirs.select('container_restart_count');
        expect(new Set(series.map(({ labels }) => labels.get('instance'))).size).to.equal(names.length);
      };
      await pushing([], check, receiver);
    } finally {
      await receiver.stop();
    }
  });

  it('shows the very series of /metrics under the names of Prometheus', async () => {
    await pushing(['--otlp.naming', 'prometheus'], (own, theirs) => {
      const names = [...own.families.keys()].filter((name) => /^(?:container|docker)_/.test(name));
      expect(names.length).to.be.greaterThan(30);
      for (const name of names) {
        const samples = own.select(name);
        expect(theirs.families.get(name)?.type, name).to.equal(own.families.get(name)?.type);
        for (const { labels, value } of samples) {
          // The exporter drops labels that are empty, as Prometheus itself does.
          const wanted = Object.fromEntries([...labels].filter(([, text]) => text !== ''));
          const found = theirs
            .select(name, wanted)
            .filter((sample) => [...labels].every(([label, text]) => (sample.labels.get(label) ?? '') === text));
          expect(
            found.map((sample) => sample.value),
            `${name} ${JSON.stringify(wanted)}`,
          ).to.deep.equal([value]);
        }
      }
    });
  });
});
