import type { Metric } from '../../lib/metrics/metric.ts';

/** The name that Prometheus, or the Collector's exporter for it, makes of a pushed metric. */
export function translatedName({ otel: { name, instrument }, unit }: Metric): string {
  const suffix = { s: '_seconds', us: '_microseconds', By: '_bytes' }[unit] ?? '';
  return `${name.replaceAll('.', '_')}${suffix}${instrument === 'counter' ? '_total' : ''}`;
}
