import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A certificate with its key, as PEM files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of its own, in a temporary folder. */
export interface Authority {
  /** Its own certificate, a PEM file. */
  readonly cert: string;
  /** Signs a certificate for `subjectAltName`, such as `IP:127.0.0.1` or `DNS:engine`. */
  issue(name: string, subjectAltName: string): Promise<CertificateFiles>;
  remove(): Promise<void>;
}

const openssl = (...args: readonly string[]): Promise<unknown> => promisify(execFile)('openssl', args);

const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function createAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'exporter-authority-'));
  const at = (file: string): string => join(folder, file);
  const [cert, key] = [at('ca.pem'), at('ca-key.pem')];
  await openssl('req', '-x509', ...keyOptions, '-subj', '/CN=test CA', '-keyout', key, '-out', cert);
  return {
    cert,
    issue: async (name, subjectAltName) => {
      const files = { cert: at(`${name}.pem`), key: at(`${name}-key.pem`) };
      const request = at(`${name}.csr`);
      const extensions = at(`${name}.ext`);
      await writeFile(extensions, `subjectAltName=${subjectAltName}`);
      await openssl('req', ...keyOptions, '-subj', `/CN=${name}`, '-keyout', files.key, '-out', request);
      const signing = ['-CA', cert, '-CAkey', key, '-CAcreateserial', '-extfile', extensions];
      await openssl('x509', '-req', '-in', request, ...signing, '-out', files.cert);
      return files;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
