import type { DerivedSetting } from './implied.ts';
import { type Origin, originsByPrecedence } from './layers.ts';
import type { Settings } from './schema.ts';

/**
 * An endpoint turns pushing on, unless something of the same or more weight says no. The one that is pushed to ends up
 * in otlp.metrics_endpoint: what is set there, or else otlp.endpoint with the path that OpenTelemetry has for metrics.
 */
export function impliedOtlp({ otlp }: Settings, origins: ReadonlyMap<string, Origin>): DerivedSetting[] {
  const weight = (key: string): number => originsByPrecedence.indexOf(origins.get(key) ?? 'default');
  const given = (['metrics_endpoint', 'endpoint'] as const).filter((name) => otlp[name] !== '');
  const turnedOnBy = given.map((name) => `otlp.${name}`).find((key) => weight(key) > weight('otlp.enabled'));
  const isBase = otlp.metrics_endpoint === '' || weight('otlp.endpoint') > weight('otlp.metrics_endpoint');
  return [
    ...(turnedOnBy === undefined ? [] : [{ key: 'otlp.enabled', value: true, from: turnedOnBy }]),
    ...(isBase && otlp.endpoint !== ''
      ? [{ key: 'otlp.metrics_endpoint', value: withMetricsPath(otlp.endpoint), from: 'otlp.endpoint' }]
      : []),
  ];
}

function withMetricsPath(endpoint: string): string {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/metrics`;
  return url.href;
}
