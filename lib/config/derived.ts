import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { schemeOf, withDefaultPort } from './docker-host.ts';
import { parseListenAddress } from './formats.ts';
import { type Origin, originsByPrecedence } from './origin.ts';
import type { Settings } from './schema.ts';

/** A setting that follows from another one. */
export interface DerivedSetting {
  readonly key: string;
  readonly value: unknown;
  /** The key it follows from, whose origin it takes over. */
  readonly from: string;
}

type Origins = ReadonlyMap<string, Origin>;

/** All that follows from what was set. */
export function derivedSettings(settings: Settings, origins: Origins): DerivedSetting[] {
  return [
    ...fromExporterFlags(settings, origins),
    ...fromDocker(settings, origins),
    ...fromOtlpEndpoints(settings, origins),
    ...fromMaxConcurrent(settings, origins),
  ];
}

/** Whether one setting comes from a source that wins over that of the other. */
function hasPrecedence(origins: Origins, key: string, other: string): boolean {
  return precedence(origins, key) > precedence(origins, other);
}

function precedence(origins: Origins, key: string): number {
  return originsByPrecedence.indexOf(origins.get(key) ?? 'default');
}

/** --web.* set settings of the server, unless those are set in a source of the same precedence. */
function fromExporterFlags({ web }: Settings, origins: Origins): DerivedSetting[] {
  const written = web['listen-address'];
  const listen = written === undefined ? undefined : parseListenAddress(written);
  const derived = [
    { key: 'server.address', value: listen?.address, from: 'web.listen-address' },
    { key: 'server.port', value: listen?.port, from: 'web.listen-address' },
    { key: 'server.metrics_path', value: web['telemetry-path'], from: 'web.telemetry-path' },
  ];
  return derived.filter(({ key, value, from }) => value !== undefined && hasPrecedence(origins, from, key));
}

/** What docker.* settings say about each other, as Docker's own command line reads them. */
function fromDocker({ docker }: Settings, origins: Origins): DerivedSetting[] {
  const { host, tls } = docker;
  const enabled = tlsEnabled(docker, origins);
  const usesTls = enabled !== undefined || tls.enabled;
  const address = withDefaultPort(host, usesTls);
  return [
    ...(enabled === undefined ? [] : [enabled]),
    ...(usesTls && tls.cert_path !== '' ? filesInCertPath(tls) : []),
    ...(address === host ? [] : [{ key: 'docker.host', value: address, from: 'docker.host' }]),
  ];
}

/** An https:// host always uses TLS; for a tcp:// host it is enabled by what has precedence over docker.tls.enabled. */
function tlsEnabled({ host, tls }: Settings['docker'], origins: Origins): DerivedSetting | undefined {
  const key = 'docker.tls.enabled';
  const enabledBy = [
    ...(tls.cert_path === '' ? [] : ['docker.tls.cert_path']),
    ...(tls.verify && origins.get('docker.tls.verify') === 'environment' ? ['docker.tls.verify'] : []),
  ];
  const from =
    schemeOf(host) === 'https'
      ? 'docker.host'
      : enabledBy.find((cause) => schemeOf(host) === 'tcp' && hasPrecedence(origins, cause, key));
  return from === undefined ? undefined : { key, value: true, from };
}

function filesInCertPath(tls: Settings['docker']['tls']): DerivedSetting[] {
  const names = { ca_cert: 'ca.pem', cert: 'cert.pem', key: 'key.pem' } as const;
  return (['ca_cert', 'cert', 'key'] as const)
    .map((setting) => ({ setting, file: join(tls.cert_path, names[setting]) }))
    .filter(({ setting, file }) => tls[setting] === '' && existsSync(file))
    .map(({ setting, file }) => ({ key: `docker.tls.${setting}`, value: file, from: 'docker.tls.cert_path' }));
}

/**
 * An endpoint enables pushing, unless a source of the same or higher precedence says no. The URL to push to ends up in
 * otlp.metrics_endpoint: what is set there, or else otlp.endpoint with the path that OpenTelemetry has for metrics.
 */
function fromOtlpEndpoints({ otlp }: Settings, origins: Origins): DerivedSetting[] {
  const key = 'otlp.metrics_endpoint';
  const given = (['metrics_endpoint', 'endpoint'] as const).filter((name) => otlp[name] !== '');
  const enabledBy = given.map((name) => `otlp.${name}`).find((from) => hasPrecedence(origins, from, 'otlp.enabled'));
  const isBase = otlp.metrics_endpoint === '' || hasPrecedence(origins, 'otlp.endpoint', key);
  return [
    ...(enabledBy === undefined ? [] : [{ key: 'otlp.enabled', value: true, from: enabledBy }]),
    ...(isBase && otlp.endpoint !== '' ? [{ key, value: withMetricsPath(otlp.endpoint), from: 'otlp.endpoint' }] : []),
  ];
}

function withMetricsPath(endpoint: string): string {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/metrics`;
  return url.href;
}

/** Once it is set, max_concurrent bounds the stats requests on every engine. */
function fromMaxConcurrent({ performance }: Settings, origins: Origins): DerivedSetting[] {
  const from = 'performance.max_concurrent';
  if (origins.get(from) === 'default') return [];
  return [{ key: 'performance.max_waiting', value: performance.max_concurrent, from }];
}
