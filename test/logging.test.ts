import { Writable } from 'node:stream';
import { diag } from '@opentelemetry/api';
import { expect } from 'chai';
import winston from 'winston';
import { type LoggingOptions, createLogger } from '../lib/logging.ts';

/** The lines that a logger of a format writes. */
function linesOf(format: LoggingOptions['format'], log: (logger: winston.Logger) => void): string[] {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', format, output: 'stdout' });
  logger.clear().add(
    new winston.transports.Stream({
      stream: new Writable({
        write: (chunk, _encoding, done) => {
          lines.push(String(chunk));
          done();
        },
      }),
    }),
  );
  log(logger);
  return lines;
}

const hostile = 'a\nb\u001b[31m\u009b2J\u007f\u202e\ud800';

describe('a line of the log', () => {
  for (const format of ['json', 'text'] as const) {
    it(`as ${format} holds no control characters, whatever its message and fields hold`, () => {
      const [line = '', ...more] = linesOf(format, (logger) =>
        logger.info(hostile, { field: hostile, list: [hostile] }),
      );
      expect(more).to.deep.equal([]);
      expect(line.trimEnd()).to.not.match(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(line).to.contain(String.raw`\u001b[31m\u009b2J\u007f\u202e\ud800`);
    });

    it(`as ${format} has at most 2,000 characters of each text`, () => {
      const long = 'x'.repeat(4_000_000);
      const [line = ''] = linesOf(format, (logger) => logger.warn(long, { field: long, nested: { field: long } }));
      expect(line.length).to.be.within(6_000, 6_200);
      expect(line.match(/x…/g)).to.have.length(3);
    });

    it(`as ${format} is one for what OpenTelemetry says as well`, () => {
      const [line = '', ...more] = linesOf(format, () =>
        diag.error('refused', new Error(hostile), { reason: 'x'.repeat(10_000) }),
      );
      expect(more).to.deep.equal([]);
      expect(line.trimEnd())
        .to.match(/opentelemetry: refused a/)
        .and.not.match(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(line.length).to.be.lessThan(2_200);
    });
  }

  it('as JSON says what was said', () => {
    const [line = ''] = linesOf('json', (logger) => logger.info('a\u009bb 🐳', { field: '\u007f' }));
    expect(JSON.parse(line)).to.include({ message: 'a\u009bb 🐳', field: '\u007f', level: 'info' });
  });
});
