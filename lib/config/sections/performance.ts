import type { Section } from '../setting.ts';

export const performance = {
  max_concurrent: {
    doc: 'Most stats requests at a time; once set, also on engines that answer them only once a second',
    format: 'count',
    default: 10,
    env: 'MAX_CONCURRENT',
  },
  max_waiting: {
    doc: 'Most stats requests that wait together on an engine that answers them only once a second',
    format: 'count',
    default: 256,
    env: 'MAX_WAITING',
  },
  workers: {
    doc: 'No effect; accepted from older files',
    format: 'whole_number',
    default: undefined,
    env: 'WORKERS',
    obsolete: true,
  },
  pprof_enabled: {
    doc: 'No effect; accepted from older files',
    format: 'boolean',
    default: undefined,
    obsolete: true,
  },
} as const satisfies Section;
