import type { Section } from '../setting.ts';

export const logging = {
  level: {
    doc: 'Minimum level to log: debug, info, warn or error',
    format: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    env: 'LOG_LEVEL',
  },
  format: { doc: 'Log format: json or text', format: ['json', 'text'], default: 'json', env: 'LOG_FORMAT' },
  output: {
    doc: 'Log output: stdout or stderr',
    format: ['stdout', 'stderr'],
    default: 'stdout',
    env: 'LOG_OUTPUT',
  },
} as const satisfies Section;
