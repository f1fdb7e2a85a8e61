import { X509Certificate } from 'node:crypto';
import { type SecureVersion, createSecureContext } from 'node:tls';
import { readPemFile } from '../config/files.ts';
import { messageOf } from '../error-message.ts';

/** Where the server's side of TLS is kept, all of it PEM. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Clients must show a certificate of these authorities; an empty string asks for none. */
  readonly clientCaFile: string;
  readonly minVersion: SecureVersion;
}

/** What the files held, as a server takes it. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer[];
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly minVersion: SecureVersion;
}

/** The files that are set. */
export function namesOf({ certFile, keyFile, clientCaFile }: TlsFiles): readonly string[] {
  return [certFile, keyFile, clientCaFile].filter((file) => file !== '');
}

/** Reads the files. Throws an Error, without any of their content, when one is missing, broken, or does not fit the others. */
export function readTls(files: TlsFiles): TlsMaterial {
  const { certFile, keyFile, clientCaFile, minVersion } = files;
  const asksForCertificate = clientCaFile !== '';
  const material: TlsMaterial = {
    cert: readPemFile(certFile),
    key: readPemFile(keyFile),
    ...(asksForCertificate && { ca: certificatesIn(clientCaFile) }),
    requestCert: asksForCertificate,
    rejectUnauthorized: asksForCertificate,
    minVersion,
  };
  try {
    createSecureContext(material);
  } catch (error) {
    const reason = messageOf(error);
    throw new Error(`${certFile} and ${keyFile} are not a certificate and its key: ${reason}`, { cause: error });
  }
  return material;
}

/** OpenSSL takes a file without certificates for an empty list of authorities. */
function certificatesIn(file: string): Buffer[] {
  const blocks =
    readPemFile(file)
      .toString()
      .match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
  try {
    if (blocks.length === 0) throw new Error('no certificate found');
    return blocks.map((block) => Buffer.from(new X509Certificate(block).toString()));
  } catch (error) {
    const reason = messageOf(error);
    throw new Error(`${file} does not hold PEM certificates: ${reason}`, { cause: error });
  }
}
