import { X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../error-message.ts';
import type { ListeningServer } from './server.ts';
import { type TlsFiles, type TlsMaterial, namesOf, readTls } from './tls.ts';
import type { Logger } from '../logging.ts';
import { watchFiles } from '../config/files.ts';

export interface TlsRenewalOptions {
  readonly files: TlsFiles;
  /** What the server has now. */
  readonly current: TlsMaterial;
  readonly server: Pick<ListeningServer, 'renewTls'>;
  readonly logger: Logger;
  /** How often the files are looked at. */
  readonly watchIntervalMs: number;
}

export interface TlsRenewal {
  /** Looks at the files now. */
  renew(): void;
  stop(): void;
}

/** Gives a server its new certificate when the files change. While they are half-written, or wrong, the current one stays. */
export function keepTlsCurrent({ files, current, server, logger, watchIntervalMs }: TlsRenewalOptions): TlsRenewal {
  let last: TlsMaterial | string = current;
  const renew = (): void => {
    const next = readOrReason(files);
    // A change of two files is seen twice.
    if (isDeepStrictEqual(next, last)) return;
    last = next;
    if (typeof next === 'string') {
      logger.error('invalid certificate, keeping the current one', { reason: next });
      return;
    }
    server.renewTls(next);
    const { subject, validTo } = new X509Certificate(next.cert);
    logger.info('certificate renewed', { subject, valid_to: validTo });
  };
  return { renew, stop: watchFiles(namesOf(files), watchIntervalMs, renew) };
}

function readOrReason(files: TlsFiles): TlsMaterial | string {
  try {
    return readTls(files);
  } catch (error) {
    return messageOf(error);
  }
}
