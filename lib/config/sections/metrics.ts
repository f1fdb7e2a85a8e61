import type { Section } from '../setting.ts';

export const metrics = {
  namespace: { doc: 'Prefix of every metric name, joined by an underscore', format: 'metric_prefix', default: '' },
  global_labels: { doc: 'Labels added to every metric', format: 'labels', default: new Map() },
  process: {
    doc: "Show the exporter's own CPU, memory and event loop as process_* and nodejs_*",
    format: 'boolean',
    default: true,
  },
  cache: {
    enabled: { doc: 'Reuse a collection while it is younger than ttl', format: 'boolean', default: false },
    ttl: { doc: 'How long a collection is reused', format: 'positive_duration', default: '30s' },
  },
} as const satisfies Section;
