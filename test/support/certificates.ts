import { join } from 'node:path';
import { run } from './process.ts';

/** PEM files. */
export interface Certificates {
  readonly authority: string;
  /** For 127.0.0.1, signed by the authority. */
  readonly certificate: string;
  readonly key: string;
}

/** Makes an authority and a certificate with openssl, good for a day. */
export async function createCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const authority = ['-keyout', file('authority.key'), '-out', file('authority.pem')];
  await run('openssl', ['req', '-x509', ...curve, ...authority, '-days', '1', '-subj', '/CN=test authority']);
  await run('openssl', [
    'req',
    '-x509',
    ...curve,
    '-keyout',
    file('key.pem'),
    '-out',
    file('certificate.pem'),
    '-days',
    '1',
    '-CA',
    file('authority.pem'),
    '-CAkey',
    file('authority.key'),
    '-subj',
    '/CN=127.0.0.1',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-addext',
    'basicConstraints=CA:FALSE',
  ]);
  return { authority: file('authority.pem'), certificate: file('certificate.pem'), key: file('key.pem') };
}
