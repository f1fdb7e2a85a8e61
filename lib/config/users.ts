import { readTextFile } from './files.ts';
import type { Settings } from './schema.ts';

/** What a user has to know. */
export type Secret =
  { readonly kind: 'password'; readonly password: string } | { readonly kind: 'hash'; readonly hash: string };

/** Who may come in, by user name; nobody in it means that everybody may. */
export type Users = ReadonlyMap<string, Secret>;

/** The user of server.auth. Throws an Error when the password's file can't be read or is empty. */
export function userOf({
  enabled,
  username,
  password,
  password_hash,
  password_file,
}: Settings['server']['auth']): Users {
  if (!enabled) return new Map();
  if (password_hash !== '') return new Map([[username, { kind: 'hash', hash: password_hash }]]);
  const text = password_file === '' ? password : passwordIn(password_file);
  return new Map([[username, { kind: 'password', password: text }]]);
}

/** Editors and `echo` end the line, which is not part of the password. */
function passwordIn(file: string): string {
  const password = readTextFile(file).replace(/\r?\n$/, '');
  if (password === '') throw new Error('is empty');
  return password;
}
