import { DiagLogLevel, diag } from '@opentelemetry/api';
import winston from 'winston';
import { oneLine } from './one-line.ts';

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

/** Characters of each text in a line: what engines and collectors say has no limit of its own. */
const maxTextLength = 2_000;

/** Where winston's formats leave the line. */
const MESSAGE = Symbol.for('message');

const levels = ['error', 'warn', 'info', 'debug'];

/** One line an event, as JSON or as text; what OpenTelemetry has to say goes the same way. */
export function createLogger({ level, format, output }: LoggingOptions): Logger {
  const logger = winston.createLogger({
    level,
    format: winston.format.combine(
      winston.format.timestamp(),
      format === 'json' ? winston.format.json({ replacer: withoutLongTexts }) : textFormat(),
      onOneLine(),
    ),
    transports: [
      new winston.transports.Console({ stderrLevels: output === 'stderr' ? levels : [], forceConsole: false }),
    ],
  });
  // At its own debug level the SDK would write every push in full.
  diag.setLogger(
    {
      error: (message, ...details) => logger.error(diagText(message, details)),
      warn: (message, ...details) => logger.warn(diagText(message, details)),
      info: (message, ...details) => logger.info(diagText(message, details)),
      debug: (message, ...details) => logger.debug(diagText(message, details)),
      verbose: (message, ...details) => logger.debug(diagText(message, details)),
    },
    { logLevel: level === 'debug' ? DiagLogLevel.INFO : DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  return logger;
}

function textFormat(): winston.Logform.Format {
  return winston.format.printf(({ timestamp, level, message, ...fields }) => {
    const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value, withoutLongTexts)}`);
    return `${String(timestamp)} ${level.toUpperCase()} ${shortened(String(message))}${rest.join('')}`;
  });
}

/** JSON escapes neither DEL nor C1, which terminals take for commands, and text nothing at all. */
const onOneLine = winston.format((info) => ({ ...info, [MESSAGE]: oneLine(String(info[MESSAGE])) }));

/** For JSON.stringify. */
function withoutLongTexts(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? shortened(value) : value;
}

function shortened(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
}

function diagText(message: string, details: readonly unknown[]): string {
  const parts = details.map((detail) => (detail instanceof Error ? detail.message : JSON.stringify(detail)));
  return ['opentelemetry:', message, ...parts].join(' ');
}
