import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './process.ts';

/** A certificate of an authority, and its key, as files. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate authority of a test's own, in a folder of its own. */
export interface Authority {
  readonly folder: string;
  readonly caFile: string;
  readonly ca: Buffer;
  /** A certificate for localhost and 127.0.0.1, or for a `subjectAltName` such as `DNS:engine`; also for clients. */
  issue(name: string, subjectAltName?: string): Promise<Certificate>;
  remove(): Promise<void>;
}

export async function createAuthority(name = 'Test CA'): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  const file = (suffix: string): string => join(folder, suffix);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const caFile = file('ca.pem');
  await run('openssl', ['req', '-x509', ...key, '-subj', `/CN=${name}`, '-keyout', file('ca.key'), '-out', caFile]);
  return {
    folder,
    caFile,
    ca: await readFile(caFile),
    issue: async (subject, subjectAltName = 'DNS:localhost,IP:127.0.0.1') => {
      const extensions = file(`${subject}.ext`);
      await writeFile(extensions, `subjectAltName=${subjectAltName}\n`);
      const [certFile, keyFile, request] = [file(`${subject}.pem`), file(`${subject}.key`), file(`${subject}.csr`)];
      await run('openssl', ['req', ...key, '-subj', `/CN=${subject}`, '-keyout', keyFile, '-out', request]);
      const signing = ['-CA', caFile, '-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', extensions];
      await run('openssl', ['x509', '-req', '-in', request, ...signing, '-out', certFile]);
      return { certFile, keyFile };
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
