import type { Section } from '../setting.ts';

export const metrics = {
  namespace: { doc: 'Put in front of every metric name, with an underscore', format: 'metric_prefix', default: '' },
  global_labels: { doc: 'Labels put on every metric', format: 'labels', default: new Map() },
  process: {
    doc: "Show the exporter's own CPU, memory and event loop as process_* and nodejs_*",
    format: 'boolean',
    default: true,
  },
  cache: {
    enabled: { doc: 'Serve a collection again while it is younger than ttl', format: 'boolean', default: false },
    ttl: { doc: 'How long a collection is served again', format: 'positive_duration', default: '30s' },
  },
} as const satisfies Section;
