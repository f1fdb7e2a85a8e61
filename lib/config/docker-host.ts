const schemes: ReadonlySet<string> = new Set(['unix', 'tcp', 'http', 'https', 'ssh']);

/** The scheme in lower case, without `://`; an empty string where there is none. */
export function schemeOf(host: string): string {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(host)?.[1]?.toLowerCase() ?? '';
}

/** Reads where the engine is, in the form of DOCKER_HOST. Throws an Error that says what is allowed, without the value. */
export function parseDockerHost(text: string): string {
  const scheme = schemeOf(text);
  if (!schemes.has(scheme)) {
    // What stands before an @ may be a password.
    const hint = isSocketPath(text) && !text.includes('@') ? `; did you mean unix://${text}?` : '';
    throw new Error(`must start with unix://, tcp://, http://, https:// or ssh://${hint}`);
  }
  const rest = text.slice(`${scheme}://`.length);
  if (scheme === 'unix') {
    if (isSocketPath(rest)) return `unix://${rest}`;
    throw new Error('must be unix:// and the absolute path of a socket, such as unix:///var/run/docker.sock');
  }
  const url = URL.parse(`${scheme}://${rest}`);
  if (url?.password) throw new Error('must not hold a password');
  if (url?.username && scheme !== 'ssh') throw new Error('must not hold a user name; only ssh:// has one');
  // As for Docker's CLI, the path behind a host that ssh reaches is that of the engine's socket there.
  const mayHavePath = scheme === 'ssh';
  if (!url?.hostname || (!mayHavePath && !['', '/'].includes(url.pathname)) || url.search || url.hash) {
    throw new Error(`must be ${scheme}:// with a host and at most a port${mayHavePath ? ' and a path' : ''}`);
  }
  return url.href.replace(/\/$/, '');
}

function isSocketPath(text: string): boolean {
  return /^\/[^?#%\p{Cc}]+$/u.test(text);
}

/** Docker's own ports for tcp:// without one; any other address stays as it is. */
export function withDefaultPort(host: string, tls: boolean): string {
  if (schemeOf(host) !== 'tcp' || URL.parse(host)?.port !== '') return host;
  return `${host}:${tls ? 2376 : 2375}`;
}

/** The address without user, password, and anything behind `?` or `#`; for any text, however broken. */
export function redactDockerHost(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@').replace(/[?#].*$/s, '***');
}
