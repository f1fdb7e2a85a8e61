import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { chart, find, helm, rendered, template } from '../support/helm.ts';
import type { KubernetesObject } from '../support/kubernetes.ts';
import { needsTools } from '../support/tools.ts';

interface PodSpec {
  readonly tolerations?: readonly object[];
  readonly nodeSelector?: object;
  readonly containers: readonly [{ readonly image: string; readonly env: readonly { readonly name: string }[] }];
  readonly imagePullSecrets?: readonly object[];
  readonly volumes?: readonly { readonly hostPath?: { readonly type: string } }[];
}

interface Policy {
  readonly policyTypes: readonly string[];
  readonly ingress: readonly [{ readonly from?: readonly { podSelector?: { matchLabels: object } }[] }];
}

const podOf = (objects: readonly KubernetesObject[], kind = 'DaemonSet'): PodSpec =>
  (find(objects, kind)['spec'] as { template: { spec: PodSpec } }).template.spec;

describe('the chart', function () {
  this.timeout(60_000);
  needsTools('helm');
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'chart-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is a subchart that a parent chart turns on and off, and takes its registry', () => {
    const parent = join(folder, 'parent');
    mkdirSync(join(parent, 'charts'), { recursive: true });
    cpSync(chart, join(parent, 'charts/docker-stats-exporter'), { recursive: true });
    writeFileSync(
      join(parent, 'Chart.yaml'),
      'apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n' +
        '  - { name: docker-stats-exporter, version: ">=0.0.0", condition: docker-stats-exporter.enabled }\n',
    );
    const global = { imageRegistry: 'registry.example', imagePullSecrets: ['pull'], storageClass: 'fast' };
    const withExporter = (enabled: boolean): KubernetesObject[] =>
      rendered({ global, 'docker-stats-exporter': { enabled } }, { folder: parent });
    expect(withExporter(false)).to.deep.equal([]);
    const pod = podOf(withExporter(true));
    expect(pod.containers[0].image).to.match(/^registry\.example\/docker-stats-exporter:\d/);
    expect(pod.imagePullSecrets).to.deep.equal([{ name: 'pull' }]);
  });

  it('has its alerts and dashboard with it wherever it is copied to, and fails without them', () => {
    const monitoring = { prometheusRule: { enabled: true }, dashboard: { enabled: true } };
    // A packaged chart, or one that Flux fetched, is the files in its folder and nothing else.
    const copy = join(folder, 'copy');
    cpSync(chart, copy, { recursive: true, verbatimSymlinks: true });
    expect(rendered(monitoring, { folder: copy })).to.deep.equal(rendered(monitoring));
    for (const file of ['alerts.yml', 'dashboard.json']) {
      writeFileSync(join(copy, 'files', file), '');
      const { status, stderr } = template(monitoring, { folder: copy });
      expect(status).to.not.equal(0);
      expect(stderr).to.contain(`files/${file} is missing or empty`);
      cpSync(join(chart, 'files', file), join(copy, 'files', file));
    }
    expect(helm(['package', chart, '--destination', folder]).status).to.equal(0);
  });

  for (const name of ['y', '123', 'null', '1e3']) {
    it(`can be called ${name}, as can what it refers to`, () => {
      const objects = rendered(
        {
          nameOverride: name,
          // A Service can't begin with a digit.
          fullnameOverride: name.replace(/^\d/, 'n$&'),
          commonLabels: { team: name },
          auth: { secret: name },
          tls: { secret: name },
          docker: { tlsSecret: name },
          otlp: { endpoint: 'http://collector:4318', headersSecret: name },
          serviceMonitor: { enabled: true },
          prometheusRule: { enabled: true },
          dashboard: { enabled: true },
          networkPolicy: { enabled: true },
        },
        { release: 'release' },
      );
      for (const { kind, metadata } of objects)
        expect(metadata.name, kind)
          .to.be.a('string')
          .and.match(/^[\w.-]+$/);
      expect(find(objects, 'DaemonSet')).to.have.nested.property('spec.template.metadata.labels.team', name);
      expect(JSON.stringify(objects)).to.contain(`"secretName":"${name}"`).and.contain(`"name":"${name}"`);
    });
  }

  it('says each label, annotation and variable once, the last word being that of the values', () => {
    const name = 'app.kubernetes.io/name';
    const objects = rendered({
      commonLabels: { team: 'a', [name]: 'x' },
      podLabels: { team: 'b', [name]: 'y' },
      podAnnotations: { 'prometheus.io/port': '1' },
      serviceMonitor: { enabled: true, labels: { team: 'c' } },
      otlp: { endpoint: 'http://a:4318', env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://b:4318' }, headersSecret: 's' },
      extraEnv: [
        { name: 'DOCKER_HOST', value: 'unix:///x' },
        { name: 'OTEL_EXPORTER_OTLP_HEADERS', value: 'a=b' },
      ],
    });
    const template = find(objects, 'DaemonSet')['spec'] as { template: { metadata: object } };
    expect(template.template.metadata).to.have.nested.include({
      'labels.team': 'b',
      'annotations.prometheus\\.io/port': '1',
    });
    // What selectors select by stays.
    expect(template.template.metadata).to.have.property('labels').that.has.property(name, 'docker-stats-exporter');
    expect(find(objects, 'ServiceMonitor').metadata).to.have.nested.property('labels.team', 'c');
    const env = podOf(objects).containers[0].env;
    expect(env.map((variable) => variable.name)).to.have.members([...new Set(env.map((variable) => variable.name))]);
    expect(env).to.deep.include.members([
      { name: 'DOCKER_HOST', value: 'unix:///x' },
      { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://b:4318' },
      { name: 'OTEL_EXPORTER_OTLP_HEADERS', value: 'a=b' },
    ]);
  });

  it('runs on every Linux node as a DaemonSet, tolerates nothing as a Deployment, and what it is told otherwise', () => {
    const remote = { kind: 'Deployment', docker: { host: 'tcp://engine:2375' } };
    expect(podOf(rendered({})).tolerations).to.deep.equal([{ operator: 'Exists' }]);
    expect(podOf(rendered(remote), 'Deployment').tolerations).to.equal(undefined);
    expect(podOf(rendered({ tolerations: [] })).tolerations).to.equal(undefined);
    expect(podOf(rendered({ nodeSelector: { runtime: 'docker' } })).nodeSelector).to.deep.equal({
      'kubernetes.io/os': 'linux',
      runtime: 'docker',
    });
  });

  it('lets pods start on nodes without the socket, where the exporter can say so', () => {
    const types = (podOf(rendered({})).volumes ?? []).map(({ hostPath }) => hostPath?.type);
    // A kubelet holds pods back in ContainerCreating while a Socket or a Directory is not there.
    expect(types).to.deep.equal(['DirectoryOrCreate']);
    // Values that need no volume leave no empty list behind, which would not be one.
    expect(
      podOf(rendered({ kind: 'Deployment', docker: { host: 'tcp://engine:2375' } }), 'Deployment'),
    ).to.not.have.property('volumes');
  });

  describe('with a NetworkPolicy', () => {
    const policyOf = (values: object): Policy =>
      find(rendered({ networkPolicy: { enabled: true }, ...values }), 'NetworkPolicy')['spec'] as Policy;

    it('lets it connect to nowhere where it only uses the socket', () => {
      expect(policyOf({}).policyTypes).to.deep.equal(['Ingress', 'Egress']);
      expect(policyOf({ config: { logging: { level: 'debug' } } }).policyTypes).to.deep.equal(['Ingress', 'Egress']);
    });

    const needs: readonly (readonly [string, object])[] = [
      ['docker.host', { docker: { host: 'tcp://engine:2375' } }],
      ['otlp.endpoint', { otlp: { endpoint: 'http://collector:4318' } }],
      ['OTLP in the configuration file', { config: { otlp: { endpoint: 'http://collector:4318' } } }],
      ['OTLP that the configuration file turns on', { config: { otlp: { enabled: true } } }],
      ['an engine in the configuration file', { config: { docker: { host: 'tcp://engine:2375' } } }],
      ['OTLP in a variable', { extraEnv: [{ name: 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', value: 'http://c:4318' }] }],
      ['OTLP in a flag', { extraArgs: ['--otlp.endpoint=http://collector:4318'] }],
    ];
    for (const [what, values] of needs) {
      it(`lets it connect where it has to: ${what}`, () => {
        expect(policyOf(values).policyTypes).to.deep.equal(['Ingress']);
      });
    }

    it('lets in the pod of helm test beside those who may scrape', () => {
      const from = [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }];
      const policy = policyOf({ networkPolicy: { enabled: true, from } });
      const { labels } = find(rendered({}), 'Pod').metadata as unknown as { labels: object };
      expect(policy.ingress[0].from).to.deep.equal([{ podSelector: { matchLabels: labels } }, ...from]);
      expect(policyOf({}).ingress[0].from).to.equal(undefined);
    });
  });
});
