import { createHash, createHmac } from 'node:crypto';

/** A line of a known_hosts file, as far as it says something of one host. */
export interface KnownHostKey {
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  /** The public key in base64. */
  readonly key: string;
  readonly revoked: boolean;
}

/** What known_hosts says of the key that a host presents. */
export type HostKeyVerdict = 'known' | 'unknown' | 'changed' | 'revoked';

/**
 * The lines of a known_hosts file that are about `host`: plain names, lists, `*` and `?` patterns, negated ones,
 * hashed names. A port other than 22 is looked up as `[host]:port`, and where that is not there, as `host`.
 * Certificate authorities are left out: ssh2 knows no host certificates. Format: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
 */
export function knownHostKeys(file: string, host: string, port: number): readonly KnownHostKey[] {
  const name = host.toLowerCase();
  const lines = file.split('\n').map((line) => line.trim());
  const keysOf = (name: string): readonly KnownHostKey[] => lines.flatMap((line) => keyOnLine(line, name));
  if (port === 22) return keysOf(name);
  const keys = keysOf(`[${name}]:${port}`);
  return keys.some(({ revoked }) => !revoked) ? keys : [...keys, ...keysOf(name)];
}

/** Compares a presented key, in SSH's wire format, with the known ones. A revoked key stays revoked wherever else it stands. */
export function judgeHostKey(known: readonly KnownHostKey[], presented: Buffer): HostKeyVerdict {
  const key = presented.toString('base64');
  const same = known.filter((candidate) => candidate.key === key);
  if (same.some(({ revoked }) => revoked)) return 'revoked';
  if (same.length > 0) return 'known';
  return known.some(({ revoked }) => !revoked) ? 'changed' : 'unknown';
}

/** Type and fingerprint the way ssh prints them: `ssh-ed25519 SHA256:…`. */
export function describeHostKey(key: Buffer): string {
  const type = key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
  const fingerprint = createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
  return `${type} SHA256:${fingerprint}`;
}

function keyOnLine(line: string, name: string): readonly KnownHostKey[] {
  const fields = line.split(/\s+/);
  const marker = line.startsWith('@') ? fields.shift() : undefined;
  const [hosts, type, key] = fields;
  if (hosts === undefined || type === undefined || key === undefined || hosts.startsWith('#')) return [];
  if (marker !== undefined && marker !== '@revoked') return [];
  return matches(hosts, name) ? [{ type, key, revoked: marker === '@revoked' }] : [];
}

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, name);
  const patterns = hosts.toLowerCase().split(',');
  const negated = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  if (negated.some((pattern) => matchesPattern(pattern, name))) return false;
  return patterns.some((pattern) => matchesPattern(pattern, name));
}

/** `|1|salt|hash`: the HMAC-SHA1 of the name under the salt. */
function matchesHash(hosts: string, name: string): boolean {
  const [, version, salt, hash] = hosts.split('|');
  if (version !== '1' || salt === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}
