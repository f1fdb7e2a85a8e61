import { readFileSync } from 'node:fs';
import packageJson from '../package.json' with { type: 'json' };

/** Files that name the version or the address of the project. */
export const releasedFiles = [
  '.github/ISSUE_TEMPLATE/config.yml',
  'Dockerfile',
  'SECURITY.md',
  'charts/docker-stats-exporter/Chart.yaml',
  'charts/docker-stats-exporter/artifacthub-repo.yml',
  'deploy/grafana/dashboards/docker-stats-exporter.json',
  'deploy/kubernetes/daemonset.yml',
  'deploy/prometheus/alerts.test.yml',
  'deploy/prometheus/alerts.yml',
  'deploy/sidecar/docker-compose.yml',
  'deploy/swarm/stack.yml',
  'deploy/systemd/docker-stats-exporter.service',
  'docker-compose.yml',
] as const;

/** Files of the chart that are copies: a packaged chart has nothing outside its own folder. */
export const copiedFiles: readonly (readonly [copy: string, source: string])[] = [
  ['charts/docker-stats-exporter/files/alerts.yml', 'deploy/prometheus/alerts.yml'],
  ['charts/docker-stats-exporter/files/dashboard.json', 'deploy/grafana/dashboards/docker-stats-exporter.json'],
];

/** The text with the version and the address of package.json, their one place. */
export function withRelease(text: string): string {
  const { version, homepage } = packageJson;
  const [, owner] = /\/([\w-]+)\/docker-stats-exporter$/.exec(homepage) ?? [];
  return text
    .replaceAll(/(image: (?:\S+\/)?docker-stats-exporter:)[\w.-]+/g, `$1${version}`)
    .replaceAll(/(ghcr\.io\/)[\w-]+(\/docker-stats-exporter:)[\w.-]+/g, `$1${owner}$2${version}`)
    .replaceAll(/(ARG VERSION=)[\w.-]+/g, `$1${version}`)
    .replaceAll(/[\w-]+(@users\.noreply\.github\.com)/g, `${owner}$1`)
    .replaceAll(/^((?:version|appVersion): )[\d.]+.*$/gm, `$1${version}`)
    .replaceAll(/https:\/\/[\w.-]+\/[\w.-]+\/docker-stats-exporter\b/g, homepage);
}

export function released(path: string): string {
  return withRelease(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'));
}
