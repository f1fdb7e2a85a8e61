import { expect } from 'chai';
import { startSimulator } from '../simulator/simulator.ts';
import { startTestAgent } from '../support/agent.ts';
import { eventually } from '../support/eventually.ts';
import { find, rendered } from '../support/helm.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { needsTools } from '../support/tools.ts';

/** What Prometheus finds out about the exporter's pod. */
const discovered = {
  __meta_kubernetes_namespace: 'monitoring',
  __meta_kubernetes_service_name: 'stats',
  __meta_kubernetes_pod_name: 'stats-x7k2p',
  __meta_kubernetes_pod_container_name: 'exporter',
  __meta_kubernetes_pod_node_name: 'node-1',
  __meta_kubernetes_pod_controller_kind: 'DaemonSet',
};

/** What the Prometheus Operator makes labels of, before the relabelings of the monitor. */
const operatorRelabelings = [
  { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
  { source_labels: ['__meta_kubernetes_service_name'], target_label: 'service' },
  { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
  { source_labels: ['__meta_kubernetes_pod_container_name'], target_label: 'container' },
  { replacement: 'metrics', target_label: 'endpoint' },
];

type Relabeling = Readonly<Record<string, unknown>>;

/** From the operator's spelling to Prometheus' own: `sourceLabels` is `source_labels`. */
const asPrometheusWrites = (relabeling: Relabeling): Relabeling =>
  Object.fromEntries(
    Object.entries(relabeling).map(([key, value]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );

function relabelingsOf(kind: string): Relabeling[] {
  const values = kind === 'ServiceMonitor' ? 'serviceMonitor' : 'podMonitor';
  const { endpoints, podMetricsEndpoints } = find(rendered({ [values]: { enabled: true } }), kind)['spec'] as Record<
    string,
    readonly [{ readonly relabelings: readonly Relabeling[] }] | undefined
  >;
  return (endpoints ?? podMetricsEndpoints)?.[0].relabelings.map(asPrometheusWrites) ?? [];
}

describe("the chart's monitors, in a real Prometheus", function () {
  this.timeout(120_000);
  needsTools('helm', 'prometheus');

  for (const kind of ['ServiceMonitor', 'PodMonitor']) {
    it(`keep the exporter's pod off the series of containers, and name it by its node: ${kind}`, async () => {
      const relabelings = [...operatorRelabelings, ...relabelingsOf(kind)];
      const engine = await startSimulator({ containers: 3 });
      const agent = await startTestAgent(['--docker.host', engine.host]);
      const scrapeConfig = {
        job_name: 'stats',
        scrape_interval: '1s',
        relabel_configs: relabelings,
        static_configs: [{ targets: [`127.0.0.1:${agent.port}`], labels: discovered }],
      };
      const prometheus = await startPrometheus({ config: JSON.stringify({ scrape_configs: [scrapeConfig] }) });
      const series = await eventually(
        'the containers',
        async () => {
          const found = await prometheus.query('container_info');
          return found.length === 3 && found;
        },
        { within: 60_000 },
      );
      await Promise.all([prometheus.stop(), agent.stop(), engine.stop()]);
      for (const { metric } of series) {
        expect(metric).to.include({ job: 'stats', instance: 'node-1', node: 'node-1' });
        expect(metric).to.not.have.any.keys('namespace', 'pod', 'container', 'service', 'endpoint');
      }
    });
  }
});
