import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { expect } from 'chai';
import { chartValues } from '../../scripts/chart-docs.ts';
import { parse } from 'yaml';
import { chart, helm, rendered, template } from '../support/helm.ts';
import {
  type KubernetesObject,
  type KubernetesValidator,
  createKubernetesValidator,
  readObjects,
} from '../support/kubernetes.ts';
import { needsTools } from '../support/tools.ts';
import { refusedValues, valueSets } from './chart-values.ts';

const repository = new URL('../..', import.meta.url).pathname;

function kindsOf(objects: readonly KubernetesObject[]): string[] {
  return objects.map(({ kind }) => kind);
}

/** The paths of the leaves that a set of values gives. */
function pathsOf(values: object, prefix = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    const deeper = typeof value === 'object' && value !== null && !Array.isArray(value);
    return [path].concat(deeper ? pathsOf(value as object, `${path}.`) : []);
  });
}

interface Workload {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] } };
  };
}

function podOf(objects: readonly KubernetesObject[]): Workload['spec']['template']['spec'] | undefined {
  const workload = objects.find(({ kind }) => kind === 'DaemonSet') as unknown as Workload | undefined;
  return workload?.spec.template.spec;
}

describe('Kubernetes', function () {
  this.timeout(120_000);
  const manifest = readFileSync(`${repository}deploy/kubernetes/daemonset.yml`, 'utf8');
  let complaints: KubernetesValidator;

  needsTools('helm', 'go');
  before('the schemas of Kubernetes', async () => {
    complaints = await createKubernetesValidator();
  });

  it('would find fault with a field that it does not know, a wrong type, and a missing field', () => {
    const [daemonSet] = readObjects(
      manifest
        .replace('readOnlyRootFilesystem', 'readOnlyRoot')
        .replace('failureThreshold: 60', "failureThreshold: '60'"),
    );
    expect(daemonSet).to.not.equal(undefined);
    const found = daemonSet === undefined ? [] : complaints(daemonSet);
    expect(found.join('\n')).to.contain('readOnlyRoot').and.to.contain('failureThreshold');
    const { spec, ...rest } = daemonSet ?? rendered({})[0] ?? { spec: undefined };
    expect(spec).to.be.an('object');
    expect(complaints({ ...rest, spec: {} } as KubernetesObject).join('\n')).to.contain("'selector'");
  });

  it('takes the plain manifest, which brings no namespace that would be deleted with it', () => {
    const objects = readObjects(manifest);
    expect(kindsOf(objects)).to.deep.equal(['DaemonSet']);
    for (const object of objects) expect(complaints(object), object.kind).to.deep.equal([]);
  });

  it('gets the same pod from the plain manifest as from the chart', () => {
    expect(podOf(readObjects(manifest)))
      .to.be.an('object')
      .and.to.deep.equal(podOf(rendered({})));
  });

  describe('with the chart', () => {
    it('has nothing that helm lint --strict complains of', () => {
      const { status, stdout, stderr } = helm(['lint', '--strict', chart]);
      expect(status, stdout + stderr).to.equal(0);
    });

    for (const [name, values] of Object.entries(valueSets)) {
      it(`takes every object: ${name}`, () => {
        const objects = rendered(values);
        expect(kindsOf(objects)).to.include.oneOf(['DaemonSet', 'Deployment']);
        for (const object of objects) expect(complaints(object), object.kind).to.deep.equal([]);
      });
    }

    it('is tried with every value that there is', () => {
      const tried = new Set(Object.values(valueSets).flatMap((values) => pathsOf(values)));
      const untried = chartValues().filter(({ key }) => !tried.has(key));
      expect(untried.map(({ key }) => key)).to.deep.equal([]);
      expect(Object.keys(valueSets)).to.have.length.at.least(10);
    });

    it('has an object for each switch, and only then', () => {
      expect(kindsOf(rendered({}))).to.have.members(['DaemonSet', 'Service', 'Pod']);
      const enabled = { enabled: true };
      const all = {
        serviceMonitor: enabled,
        prometheusRule: enabled,
        dashboard: enabled,
        networkPolicy: enabled,
        config: { logging: { level: 'debug' } },
      };
      expect(kindsOf(rendered(all))).to.have.members([
        'DaemonSet',
        'Service',
        'Pod',
        'ServiceMonitor',
        'PrometheusRule',
        'NetworkPolicy',
        'ConfigMap',
        'ConfigMap',
      ]);
      expect(kindsOf(rendered({ podMonitor: enabled }))).to.include('PodMonitor');
    });

    for (const file of readdirSync(`${chart}/ci`)) {
      it(`takes every object: ci/${file}`, () => {
        const values = parse(readFileSync(`${chart}/ci/${file}`, 'utf8')) as object;
        for (const object of rendered(values)) expect(complaints(object), object.kind).to.deep.equal([]);
      });
    }

    it('hands over the alerts and the dashboard as they are', () => {
      const prometheusRule = { enabled: true, targetSelector: 'job=~".+"' };
      const objects = rendered({ prometheusRule, dashboard: { enabled: true } });
      const rule = objects.find(({ kind }) => kind === 'PrometheusRule');
      const dashboard = objects.find(({ kind }) => kind === 'ConfigMap');
      const [alerts] = readObjects(readFileSync(`${repository}deploy/prometheus/alerts.yml`, 'utf8'));
      const json = readFileSync(`${repository}deploy/grafana/dashboards/docker-stats-exporter.json`, 'utf8');
      expect(rule?.['spec']).to.be.an('object').and.to.deep.equal(alerts);
      const data = dashboard?.['data'] as Readonly<Record<string, string>>;
      expect(JSON.parse(data['docker-stats-exporter.json'] ?? '')).to.deep.equal(JSON.parse(json));
    });

    for (const [what, values, complaint] of refusedValues) {
      it(`refuses ${what}`, () => {
        const { status, stderr } = template(values);
        expect(status).to.not.equal(0);
        expect(stderr).to.match(complaint);
      });
    }

    for (const release of ['2nd', 'my.release']) {
      it(`refuses the release name ${release}, and takes it with a name for the objects`, () => {
        expect(template({}, { release }).stderr).to.contain(`"${release}-docker-stats-exporter" can't be the name`);
        expect(kindsOf(rendered({ fullnameOverride: 'stats' }, { release }))).to.include('Service');
      });
    }

    it('writes quantities as text, as the API server keeps them', () => {
      const limits = { cpu: 1, memory: 134_217_728 };
      const [container] = podOf(rendered({ resources: { limits } }))?.containers ?? [];
      expect(container).to.have.nested.property('resources.limits').deep.equal({ cpu: '1', memory: '134217728' });
    });

    it('starts the exporter with flags that it understands', () => {
      const values = {
        auth: { secret: 'scraper' },
        tls: { secret: 'certificate', clientCa: true },
        config: { logging: { level: 'debug' } },
      };
      const flags = (podOf(rendered(values))?.containers[0]?.args ?? []).map((arg) => arg.replace(/=.*/, ''));
      const help = execFileSync(process.execPath, ['lib/main.ts', '--help'], { cwd: repository, encoding: 'utf8' });
      expect(flags).to.have.length.at.least(9);
      for (const flag of flags) expect(help).to.match(new RegExp(`^ .*${flag}\\b`, 'm'));
    });
  });
});
