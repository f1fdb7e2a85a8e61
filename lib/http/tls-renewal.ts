import { X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../error-message.ts';
import type { Listening } from './server.ts';
import { type TlsFiles, type TlsMaterial, namesOf, readTls } from './tls.ts';
import type { Logger } from '../logging.ts';
import { watchFiles } from '../config/watch-files.ts';

export interface TlsRenewalOptions {
  readonly files: TlsFiles;
  /** What the server has now. */
  readonly current: TlsMaterial;
  readonly server: Pick<Listening, 'renewTls'>;
  readonly logger: Logger;
  /** Milliseconds between two looks at the files. */
  readonly interval: number;
}

export interface TlsRenewal {
  /** Looks at the files now. */
  renew(): void;
  stop(): void;
}

/** Gives a server its certificate anew when the files change. While they are half-written, or wrong, the old one stays. */
export function renewTls({ files, current, server, logger, interval }: TlsRenewalOptions): TlsRenewal {
  let last: TlsMaterial | string = current;
  const renew = (): void => {
    const next = attempt(files);
    // A change of two files is seen twice.
    if (isDeepStrictEqual(next, last)) return;
    last = next;
    if (typeof next === 'string') {
      logger.error('new certificate refused, the old one stays', { reason: next });
      return;
    }
    server.renewTls(next);
    const { subject, validTo } = new X509Certificate(next.cert);
    logger.info('certificate renewed', { subject, valid_to: validTo });
  };
  return { renew, stop: watchFiles(namesOf(files), interval, renew) };
}

function attempt(files: TlsFiles): TlsMaterial | string {
  try {
    return readTls(files);
  } catch (error) {
    return messageOf(error);
  }
}
