import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Secret, Users } from '../config/settings.ts';
import type { Bcrypt } from './bcrypt.ts';
import type { Turn } from './fair-queue.ts';

/** What the Authorization header of a request is worth. */
export type Verdict = 'granted' | 'refused' | 'busy';

/** `client` stands for whoever sent the header; clients take turns where a check takes time. */
export type Authenticator = (authorization: string | undefined, client: string) => Promise<Verdict>;

export interface AuthenticatorOptions {
  readonly users: Users;
  readonly bcrypt: Pick<Bcrypt, 'matches'>;
}

/** Credentials that were right and are not hashed again, so that no flood of wrong ones holds them up. */
const maxRemembered = 100;

/**
 * Checks Basic credentials (RFC 7617, UTF-8). An unknown user is checked like a known one, against the first user's
 * secret, so that neither the answer nor its time reveals who exists. A wrong password is never remembered.
 */
export function createAuthenticator({ users, bcrypt }: AuthenticatorOptions): Authenticator {
  const [decoy] = users.values();
  /** With this, the memory of the process holds no password that was sent, nor a digest that others could look up. */
  const secretKey = randomBytes(32);
  const digest = (text: string): Buffer => createHmac('sha256', secretKey).update(text).digest();
  const remembered = new Set<string>();
  const underWay = new Map<string, Promise<Verdict>>();

  const matches = (password: string, secret: Secret, turn: Turn): Promise<boolean | undefined> | boolean =>
    secret.kind === 'password'
      ? timingSafeEqual(digest(password), digest(secret.password))
      : bcrypt.matches(password, secret.hash, turn);

  const check = async (user: string, password: string, client: string): Promise<Verdict> => {
    const isKnown = users.has(user);
    const secret = users.get(user) ?? decoy;
    const outcome = secret === undefined ? false : await matches(password, secret, { client, user, isKnown });
    if (outcome === undefined) return 'busy';
    return outcome && isKnown ? 'granted' : 'refused';
  };

  const remember = (key: string): void => {
    remembered.delete(key);
    remembered.add(key);
    const [oldest] = remembered;
    if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
  };

  return async (authorization, client) => {
    const credentials = basicCredentials(authorization);
    if (credentials === undefined) return 'refused';
    const key = digest(JSON.stringify(credentials)).toString('base64');
    if (remembered.has(key)) {
      remember(key);
      return 'granted';
    }
    // Many scrapes at once with the same credentials are one hash.
    const pending = underWay.get(key) ?? check(...credentials, client).finally(() => underWay.delete(key));
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
