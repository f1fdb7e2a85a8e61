/** What a client may send, and what it gets; also the table of lib/http/README.md. */
export interface ConformanceCase {
  /** Markdown. */
  readonly what: string;
  readonly request: string;
  /** The status of each answer; none where the connection just ends. */
  readonly answers: readonly number[];
  /** Whether the connection can be used for the next request. */
  readonly kept: boolean;
}

const host = 'Host: x\r\n';
const next = `GET /health HTTP/1.1\r\n${host}\r\n`;

function target(text: string): string {
  return `GET ${text} HTTP/1.1\r\n${host}\r\n`;
}

function method(name: string, path = '/metrics'): string {
  return `${name} ${path} HTTP/1.1\r\n${host}\r\n`;
}

/** A scrape with these headers, and what follows them. */
function scrape(headers: string, body = ''): string {
  return `GET /metrics HTTP/1.1\r\n${host}${headers}\r\n\r\n${body}`;
}

const chunked = 'Transfer-Encoding: chunked';
const twentyKilobytes = 'a'.repeat(20_000);

const withConnection =
  (kept: boolean) =>
  (what: string, request: string, ...answers: number[]): ConformanceCase => ({ what, request, answers, kept });
const kept = withConnection(true);
const closed = withConnection(false);

export const conformanceCases: readonly ConformanceCase[] = [
  // Paths.
  kept('query string', target('/metrics?a=b'), 200),
  kept('absolute URI', target('http://example.com/metrics?a=b'), 200),
  kept('absolute URI without a path: `/`', target('https://example.com'), 200),
  kept('percent-encoded path, `/%6Detrics`: not decoded', target('/%6Detrics'), 404),
  kept('dot segments, `/x/../metrics`: not resolved', target('/x/../metrics'), 404),
  kept('encoded dot segments, `/%2e%2e/metrics`', target('/%2e%2e/metrics'), 404),
  kept('two slashes, `//metrics`', target('//metrics'), 404),
  kept('fragment, `/metrics#x`', target('/metrics#x'), 404),
  kept('encoded NUL, `/metrics%00`', target('/metrics%00'), 404),
  closed('NUL in the path', target('/metrics\0'), 400),
  closed('bytes beyond ASCII in the path', target('/metrics\u00c3\u00a9'), 400),
  closed('space in the path', target('/met rics'), 400),
  closed('path of 20 kB', target(`/${twentyKilobytes}`), 431),

  // Methods.
  kept('HEAD: headers only', method('HEAD'), 200),
  kept('POST, PUT, DELETE, PATCH, any other known method', method('POST'), 405),
  kept('the same on an unknown path', method('POST', '/nothing'), 405),
  kept('TRACE', method('TRACE'), 405),
  kept('OPTIONS', method('OPTIONS'), 405),
  kept('OPTIONS *', method('OPTIONS', '*'), 405),
  closed('CONNECT', method('CONNECT', 'example.com:443')),
  closed('unknown method', method('FOO'), 400),
  closed('method in lower case', method('get'), 400),

  // Versions.
  closed('HTTP/1.0', 'GET /metrics HTTP/1.0\r\n\r\n', 200),
  kept('HTTP/1.0, `Connection: keep-alive`', 'GET /metrics HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', 200),
  closed('HTTP/0.9', 'GET /metrics\r\n\r\n', 505),
  closed('HTTP/1.1 that says it is HTTP/2.0', `GET /metrics HTTP/2.0\r\n${host}\r\n`, 505),
  closed('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400),
  kept('`Upgrade: websocket`: ignored', scrape('Connection: Upgrade\r\nUpgrade: websocket'), 200),
  kept(
    '`Upgrade: h2c`: ignored',
    scrape('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA'),
    200,
  ),
  closed('TLS, or no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400),

  // Host.
  closed('no Host', 'GET /metrics HTTP/1.1\r\n\r\n', 400),
  closed('two Hosts', scrape('Host: y'), 400),
  closed('Host with a path', 'GET /metrics HTTP/1.1\r\nHost: x/y\r\n\r\n', 400),
  kept('empty Host', 'GET /metrics HTTP/1.1\r\nHost:\r\n\r\n', 200),

  // Headers.
  kept('`Range`: ignored', scrape('Range: bytes=0-3'), 200),
  kept('`Expect: 100-continue`', scrape('Expect: 100-continue\r\nContent-Length: 3', 'abc'), 100, 200),
  kept('any other `Expect`', scrape('Expect: a-pony'), 417),
  closed('header of 20 kB', scrape(`X: ${twentyKilobytes}`), 431),
  closed('a thousand headers', scrape('X: 1\r\n'.repeat(1_000).trimEnd()), 431),
  closed('header without a colon', scrape('X'), 400),
  closed('header without a name', scrape(': x'), 400),
  closed('space in, or behind, the name of a header', scrape('X : a'), 400),
  closed('header over two lines', scrape('X: a\r\n b'), 400),
  closed('CR or NUL in a header', scrape('X: a\rb'), 400),
  closed('lines that end in LF alone', 'GET /metrics HTTP/1.1\nHost: x\n\n', 400),

  // Bodies.
  kept('body, even one that looks like a request', scrape(`Content-Length: ${next.length}`, next), 200),
  kept('chunked body', scrape(chunked, '3;x=y\r\nabc\r\n0\r\nX: y\r\n\r\n'), 200),
  ...['abc', '-1', '+1', '0x1', '1, 1', '', '9'.repeat(30)].map((length) =>
    closed(`\`Content-Length:${length === '' ? '' : ` ${length}`}\``, scrape(`Content-Length: ${length}`, 'a'), 400),
  ),
  closed('two lengths that differ', scrape('Content-Length: 1\r\nContent-Length: 2', 'a'), 400),
  closed('two lengths that are the same', scrape('Content-Length: 1\r\nContent-Length: 1', 'a'), 400),
  closed('length and chunks', scrape(`Content-Length: 1\r\n${chunked}`, '0\r\n\r\n'), 400),
  closed('chunks and length', scrape(`${chunked}\r\nContent-Length: 1`, '0\r\n\r\n'), 400),
  ...['xchunked', 'identity', 'chunked, identity', '\vchunked'].map((coding) =>
    closed(
      `\`Transfer-Encoding: ${coding.replace('\v', '\\v')}\``,
      scrape(`Transfer-Encoding: ${coding}`, '0\r\n\r\n'),
      400,
    ),
  ),
  closed('two transfer encodings', scrape(`${chunked}\r\n${chunked}`, '0\r\n\r\n'), 400),
  closed('chunks in HTTP/1.0', `GET /metrics HTTP/1.0\r\n${chunked}\r\n\r\n0\r\n\r\n`, 200),
  closed('size of a chunk that is no number, or too large', scrape(chunked, 'zz\r\n\r\n'), 400),
  closed('chunks whose lines end in LF alone', scrape(chunked, '0\n\n'), 400),
  closed('chunk extension of 20 kB', scrape(chunked, `1;${twentyKilobytes}\r\na\r\n0\r\n\r\n`), 413),
  closed('trailer of 20 kB', scrape(chunked, `0\r\nX: ${twentyKilobytes}\r\n\r\n`), 431),

  // Several requests at once.
  kept('pipelined requests: answered in order', `${scrape('X: a')}${method('HEAD', '/nothing')}${next}`, 200, 404, 200),
  closed('pipelined request that is malformed', `GARBAGE\r\n\r\n${next}`, 400),
];

export function conformanceTable(): string {
  const rows = conformanceCases.map(
    ({ what, answers, kept }) => `| ${what} | ${answers.join(', then ') || 'none'} | ${kept ? 'kept' : 'closed'} |`,
  );
  return ['| Request | Answer | Connection |', '| --- | --- | --- |', ...rows].join('\n');
}
