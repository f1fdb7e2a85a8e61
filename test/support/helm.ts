import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type KubernetesObject, kubernetesVersion, readObjects } from './kubernetes.ts';

export interface HelmResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const chart = fileURLToPath(new URL('../../charts/docker-stats-exporter', import.meta.url));

/** Runs helm to its end, however that is. */
export function helm(args: readonly string[], input = ''): HelmResult {
  return spawnSync('helm', args, { encoding: 'utf8', input });
}

/** Renders a chart, the exporter's by default; the values go in as JSON, which is YAML too. */
export function template(values: object, { release = 'release', folder = chart } = {}): HelmResult {
  return helm(
    ['template', release, folder, '--namespace', 'monitoring', '--kube-version', kubernetesVersion, '--values', '-'],
    JSON.stringify(values),
  );
}

/** The objects of a rendered chart. Throws what helm complains of. */
export function rendered(values: object, options: { release?: string; folder?: string } = {}): KubernetesObject[] {
  const { status, stdout, stderr } = template(values, options);
  if (status !== 0) throw new Error(stderr);
  return readObjects(stdout);
}

/** The one object of that kind. Throws when there is none. */
export function find(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
}
