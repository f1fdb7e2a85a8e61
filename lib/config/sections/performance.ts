import type { Section } from '../setting.ts';

export const performance = {
  max_concurrent: {
    doc: 'Maximum concurrent stats requests; once set, it replaces max_waiting too',
    format: 'count',
    default: 10,
    env: 'MAX_CONCURRENT',
  },
  max_waiting: {
    doc: 'The same for engines that answer them only once a second, unless max_concurrent is set',
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
