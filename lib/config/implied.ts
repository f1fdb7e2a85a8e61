import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseListenAddress } from './formats.ts';
import { schemeOf, withDefaultPort } from './docker-host.ts';
import { type Origin, originsByPrecedence } from './layers.ts';
import type { Settings } from './schema.ts';

/** A setting that follows from another one. */
export interface DerivedSetting {
  readonly key: string;
  readonly value: unknown;
  /** The key it follows from. */
  readonly from: string;
}

/** All that follows from what was set. */
export function impliedSettings(settings: Settings, origins: ReadonlyMap<string, Origin>): DerivedSetting[] {
  return [
    ...impliedByFlagsOfExporters(settings, origins),
    ...impliedForDocker(settings, origins),
    ...boundOnWaiting(settings, origins),
  ];
}

/** --web.* stand for settings of the server, unless those are set in a place that has as much weight. */
function impliedByFlagsOfExporters({ web }: Settings, origins: ReadonlyMap<string, Origin>): DerivedSetting[] {
  const written = web['listen-address'];
  const listen = written === undefined ? undefined : parseListenAddress(written);
  const meant = [
    { key: 'server.address', value: listen?.address, from: 'web.listen-address' },
    { key: 'server.port', value: listen?.port, from: 'web.listen-address' },
    { key: 'server.metrics_path', value: web['telemetry-path'], from: 'web.telemetry-path' },
  ];
  return meant.filter(
    ({ key, value, from }) => value !== undefined && weightOf(origins, from) > weightOf(origins, key),
  );
}

/** Once somebody set it, max_concurrent bounds the stats requests on every engine. */
function boundOnWaiting({ performance }: Settings, origins: ReadonlyMap<string, Origin>): DerivedSetting[] {
  const from = 'performance.max_concurrent';
  return origins.get(from) === 'default'
    ? []
    : [{ key: 'performance.max_waiting', value: performance.max_concurrent, from }];
}

function weightOf(origins: ReadonlyMap<string, Origin>, key: string): number {
  return originsByPrecedence.indexOf(origins.get(key) ?? 'default');
}

/** What docker.* settings say about each other, as Docker's own command line reads them. */
function impliedForDocker({ docker }: Settings, origins: ReadonlyMap<string, Origin>): DerivedSetting[] {
  const { host, tls } = docker;
  const enabled = impliedTls(docker, origins);
  const speaksTls = enabled !== undefined || tls.enabled;
  const address = withDefaultPort(host, speaksTls);
  return [
    ...(enabled === undefined ? [] : [enabled]),
    ...(speaksTls && tls.cert_path !== '' ? impliedFiles(tls) : []),
    ...(address === host ? [] : [{ key: 'docker.host', value: address, from: 'docker.host' }]),
  ];
}

/** An https:// host always speaks TLS; for a tcp:// host it is turned on by what has more weight than docker.tls.enabled. */
function impliedTls(
  { host, tls }: Settings['docker'],
  origins: ReadonlyMap<string, Origin>,
): DerivedSetting | undefined {
  const turnedOnBy = [
    ...(tls.cert_path === '' ? [] : ['docker.tls.cert_path']),
    ...(tls.verify && origins.get('docker.tls.verify') === 'environment' ? ['docker.tls.verify'] : []),
  ];
  const from =
    schemeOf(host) === 'https'
      ? 'docker.host'
      : turnedOnBy.find(
          (key) => schemeOf(host) === 'tcp' && weightOf(origins, key) > weightOf(origins, 'docker.tls.enabled'),
        );
  return from === undefined ? undefined : { key: 'docker.tls.enabled', value: true, from };
}

function impliedFiles(tls: Settings['docker']['tls']): DerivedSetting[] {
  const names = { ca_cert: 'ca.pem', cert: 'cert.pem', key: 'key.pem' } as const;
  return (['ca_cert', 'cert', 'key'] as const)
    .map((setting) => ({ setting, file: join(tls.cert_path, names[setting]) }))
    .filter(({ setting, file }) => tls[setting] === '' && existsSync(file))
    .map(({ setting, file }) => ({ key: `docker.tls.${setting}`, value: file, from: 'docker.tls.cert_path' }));
}
