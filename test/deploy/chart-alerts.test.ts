import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { find, rendered } from '../support/helm.ts';
import type { KubernetesObject } from '../support/kubernetes.ts';
import { run } from '../support/process.ts';
import { needsTools } from '../support/tools.ts';

type Labels = Readonly<Record<string, string>>;

interface Monitor {
  readonly jobLabel?: string;
}

const specOf = (object: KubernetesObject): object => object['spec'] as object;
const labelsOf = (object: KubernetesObject): Labels => (object.metadata as unknown as { labels: Labels }).labels;
const podOf = (objects: readonly KubernetesObject[]): KubernetesObject =>
  (specOf(find(objects, 'DaemonSet')) as { template: KubernetesObject }).template;

/** The labels that a target gets from the Prometheus Operator: a job is what the label says, else the Service's name. */
function serviceTarget(objects: readonly KubernetesObject[]): Labels {
  const { jobLabel = '' } = specOf(find(objects, 'ServiceMonitor')) as Monitor;
  const service = find(objects, 'Service');
  return { job: labelsOf(service)[jobLabel] ?? service.metadata.name, instance: 'node-1' };
}

/** The same of a pod: without the label the job is the monitor's namespace and name. */
function podTarget(objects: readonly KubernetesObject[]): Labels {
  const monitor = find(objects, 'PodMonitor');
  const { jobLabel = '' } = specOf(monitor) as Monitor;
  const { namespace, name } = monitor.metadata as { namespace?: string; name: string };
  return { job: labelsOf(podOf(objects))[jobLabel] ?? `${namespace}/${name}`, instance: 'node-1' };
}

/** The job and the labels of a pod with annotations, in the configuration that Prometheus' own chart comes with. */
function annotatedTarget(objects: readonly KubernetesObject[]): Labels {
  const labels = Object.entries(labelsOf(podOf(objects))).map(([key, value]) => [key.replaceAll(/\W/g, '_'), value]);
  return { ...Object.fromEntries(labels), job: 'kubernetes-pods', instance: '10.0.0.1:9200' } as Labels;
}

const seriesOf = (name: string, labels: Labels): string =>
  `${name}{${Object.entries(labels)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join()}}`;

const enabled = { enabled: true };
const installs: readonly (readonly [string, object, (objects: readonly KubernetesObject[]) => Labels])[] = [
  ['a ServiceMonitor', { serviceMonitor: enabled }, serviceTarget],
  ['a ServiceMonitor without a job label', { serviceMonitor: { ...enabled, jobLabel: '' } }, serviceTarget],
  [
    'a ServiceMonitor with a job label of its own',
    { serviceMonitor: { ...enabled, jobLabel: 'team' }, service: { labels: { team: 'platform' } } },
    serviceTarget,
  ],
  ['a PodMonitor', { podMonitor: enabled }, podTarget],
  ['a PodMonitor without a job label', { podMonitor: { ...enabled, jobLabel: '', namespace: 'metrics' } }, podTarget],
  ['annotations', {}, annotatedTarget],
];

describe("the chart's alerts", function () {
  this.timeout(60_000);
  needsTools('helm', 'promtool');
  const folder = mkdtempSync(join(tmpdir(), 'chart-alerts-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const [how, values, targetOf] of installs) {
    it(`fire when an exporter that is scraped by ${how} is down or gone, and not for others`, async () => {
      const objects = rendered({ ...values, nameOverride: 'stats', prometheusRule: enabled });
      const target = targetOf(objects);
      writeFileSync(join(folder, 'rules.yml'), stringify(specOf(find(objects, 'PrometheusRule'))));
      const other = { ...target, job: 'another' };
      const test = (series: readonly object[], firing: readonly object[]): object => ({
        interval: '1m',
        input_series: series,
        promql_expr_test: [
          {
            expr: 'sort(count by (alertname, instance) (ALERTS{alertstate="firing", alertname=~"DockerStatsExporter.+"}))',
            eval_time: '10m',
            exp_samples: firing,
          },
        ],
      });
      const firing = (alertname: string, instance?: string): object => ({
        labels: `{alertname="${alertname}"${instance === undefined ? '' : `, instance="${instance}"`}}`,
        value: 1,
      });
      const up = [
        { series: seriesOf('up', target), values: '1x20' },
        { series: seriesOf('exporter_build_info', target), values: '1x20' },
      ];
      const down = [
        { series: seriesOf('up', target), values: '1 0x20' },
        { series: seriesOf('exporter_build_info', target), values: '1 stale' },
      ];
      // An exporter too, but none of this release.
      const unrelated = [
        { series: seriesOf('up', other), values: '1 0x20' },
        { series: seriesOf('exporter_build_info', other), values: '1 stale' },
      ];
      const file = join(folder, 'rules.test.yml');
      writeFileSync(
        file,
        stringify({
          rule_files: ['rules.yml'],
          evaluation_interval: '1m',
          tests: [
            test([...up, ...unrelated], []),
            test([...down, ...unrelated], [firing('DockerStatsExporterDown', target['instance'])]),
            test(unrelated, [firing('DockerStatsExporterAbsent')]),
          ],
        }),
      );
      expect(await run('promtool', ['test', 'rules', file])).to.contain('SUCCESS');
      expect(await run('promtool', ['check', 'rules', '--lint-fatal', join(folder, 'rules.yml')])).to.contain(
        'SUCCESS',
      );
    });
  }

  it('tell two releases on the same nodes apart', () => {
    for (const [values, targetOf] of [
      [{ serviceMonitor: enabled }, serviceTarget],
      [{ podMonitor: enabled }, podTarget],
    ] as const) {
      const [docker, podman] = ['docker', 'podman'].map((release) => targetOf(rendered(values, { release })));
      expect(docker).to.deep.equal({ job: 'docker', instance: 'node-1' });
      expect(podman).to.deep.equal({ job: 'podman', instance: 'node-1' });
    }
  });

  it('take thresholds, durations, severities and pages of their own, and can be left out', () => {
    const alerts = {
      ContainerThrottled: { threshold: 0.5, for: '30m', severity: 'critical' },
      ContainerFailed: { enabled: false },
    };
    const runbookUrl = 'https://runbooks.example/docker';
    const objects = rendered({ prometheusRule: { ...enabled, alerts, runbookUrl } });
    const { groups } = specOf(find(objects, 'PrometheusRule')) as {
      groups: { rules: { alert: string; [field: string]: unknown }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    const throttled = rules.find(({ alert }) => alert === 'ContainerThrottled');
    expect(throttled).to.deep.include({
      expr: 'rate(container_cpu_throttling_periods_total[5m]) / rate(container_cpu_cfs_periods_total[5m]) > 0.5',
      for: '30m',
      labels: { severity: 'critical' },
    });
    expect(throttled).to.have.nested.property('annotations.runbook_url', `${runbookUrl}#containerthrottled`);
    expect(rules.map(({ alert }) => alert))
      .to.include('ContainerUnhealthy')
      .and.not.include('ContainerFailed');
  });
});
