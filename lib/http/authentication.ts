import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Secret, Users } from '../config/settings.ts';
import type { Bcrypt } from './bcrypt.ts';

/** What the Authorization header of a request is worth. */
export type Verdict = 'granted' | 'refused' | 'busy';

export type Authenticator = (authorization: string | undefined) => Promise<Verdict>;

export interface AuthenticatorOptions {
  readonly users: Users;
  readonly bcrypt: Pick<Bcrypt, 'matches'>;
  /** Milliseconds of any steady clock. */
  readonly now: () => number;
}

/** How long credentials that were right are not hashed again, counted from their last use. */
const rememberMs = 5 * 60_000;
const maxRemembered = 100;

/**
 * Checks Basic credentials (RFC 7617, UTF-8). An unknown user is checked like a known one, against the first user's
 * secret, so that neither the answer nor its time reveals who exists. A wrong password is never remembered.
 */
export function createAuthenticator({ users, bcrypt, now }: AuthenticatorOptions): Authenticator {
  const [decoy] = users.values();
  /** With this, the memory of the process holds no password that was sent, nor a digest that others could look up. */
  const secretKey = randomBytes(32);
  const digest = (text: string): Buffer => createHmac('sha256', secretKey).update(text).digest();
  const remembered = new Map<string, number>();
  const underWay = new Map<string, Promise<Verdict>>();

  const matches = (password: string, secret: Secret): Promise<boolean> | boolean | undefined =>
    secret.kind === 'password'
      ? timingSafeEqual(digest(password), digest(secret.password))
      : bcrypt.matches(password, secret.hash);

  const check = async (user: string, password: string): Promise<Verdict> => {
    const secret = users.get(user) ?? decoy;
    const outcome = secret === undefined ? false : await matches(password, secret);
    if (outcome === undefined) return 'busy';
    return outcome && users.has(user) ? 'granted' : 'refused';
  };

  const remember = (key: string): void => {
    remembered.delete(key);
    remembered.set(key, now() + rememberMs);
    const [oldest] = remembered.keys();
    if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
  };

  return async (authorization) => {
    const credentials = basicCredentials(authorization);
    if (credentials === undefined) return 'refused';
    const key = digest(JSON.stringify(credentials)).toString('base64');
    if ((remembered.get(key) ?? -Infinity) > now()) {
      remember(key);
      return 'granted';
    }
    // Many scrapes at once with the same credentials are one hash.
    const pending = underWay.get(key) ?? check(...credentials).finally(() => underWay.delete(key));
    underWay.set(key, pending);
    const verdict = await pending;
    if (verdict === 'granted') remember(key);
    return verdict;
  };
}

/** User and password of a well-formed Basic header; undefined for anything else. */
function basicCredentials(authorization = ''): [user: string, password: string] | undefined {
  const [, encoded] = /^basic +([a-z0-9+/]+={0,2})$/i.exec(authorization.trim()) ?? [];
  if (encoded === undefined) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined;
  }
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
}
