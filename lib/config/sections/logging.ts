import type { Section } from '../setting.ts';

export const logging = {
  level: {
    doc: 'Least important lines to log: debug, info, warn or error',
    format: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    env: 'LOG_LEVEL',
  },
  format: { doc: 'Form of the lines: json or text', format: ['json', 'text'], default: 'json', env: 'LOG_FORMAT' },
  output: {
    doc: 'Where they go: stdout or stderr',
    format: ['stdout', 'stderr'],
    default: 'stdout',
    env: 'LOG_OUTPUT',
  },
} as const satisfies Section;
