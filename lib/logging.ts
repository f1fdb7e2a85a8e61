import { DiagLogLevel, diag } from '@opentelemetry/api';
import winston from 'winston';

export type Logger = winston.Logger;

/** What a part needs that only has something to say. */
export interface Log {
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

export interface LoggingOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'json' | 'text';
  readonly output: 'stdout' | 'stderr';
}

const levels = ['error', 'warn', 'info', 'debug'];

/** One line an event, as JSON or as text; what OpenTelemetry has to say goes the same way. */
export function createLogger({ level, format, output }: LoggingOptions): Logger {
  const logger = winston.createLogger({
    level,
    format: winston.format.combine(
      winston.format.timestamp(),
      format === 'json' ? winston.format.json() : textFormat(),
    ),
    transports: [
      new winston.transports.Console({ stderrLevels: output === 'stderr' ? levels : [], forceConsole: false }),
    ],
  });
  diag.setLogger(
    {
      error: (message, ...details) => logger.error(oneLine(message, details)),
      warn: (message, ...details) => logger.warn(oneLine(message, details)),
      info: (message, ...details) => logger.info(oneLine(message, details)),
      debug: (message, ...details) => logger.debug(oneLine(message, details)),
      verbose: (message, ...details) => logger.debug(oneLine(message, details)),
    },
    { logLevel: level === 'debug' ? DiagLogLevel.DEBUG : DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  return logger;
}

function textFormat(): winston.Logform.Format {
  return winston.format.printf(({ timestamp, level, message, ...fields }) => {
    const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
    return `${String(timestamp)} ${level.toUpperCase()} ${String(message)}${rest.join('')}`;
  });
}

function oneLine(message: string, details: readonly unknown[]): string {
  const parts = details.map((detail) => (detail instanceof Error ? detail.message : JSON.stringify(detail)));
  return ['opentelemetry:', message, ...parts].join(' ').replaceAll('\n', ' ');
}
