import { createHash } from 'node:crypto';

/** The namespace of RFC 9562 that the semantic conventions set for `service.instance.id`. */
const namespace = Buffer.from('4d63009a8d0f11eeaad74c796ed8e320', 'hex');

/**
 * A `service.instance.id` that is the same after each restart: the UUID of version 5 that the semantic conventions make of
 * what identifies an instance.
 */
export function stableInstanceId(identity: string): string {
  const bytes = createHash('sha1').update(namespace).update(identity).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const [, ...groups] = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(bytes.toString('hex')) ?? [];
  return groups.join('-');
}
