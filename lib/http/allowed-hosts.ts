import { isIP } from 'node:net';

/**
 * Whether a Host header names one of the hosts that are allowed, `NAME` with any port or `NAME:PORT`; without any, all are.
 * Against DNS rebinding: a page whose own name was made to resolve to this machine sends that name. Addresses and
 * `localhost` are no names that anybody could make, and always allowed; so is no Host at all, which no browser sends.
 */
export function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  if (allowed.length === 0 || host === '') return true;
  const written = host.toLowerCase();
  const name = written.replace(/:\d*$/, '');
  return (
    name === 'localhost' ||
    isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 ||
    allowed.some((each) => each === name || each === written)
  );
}
