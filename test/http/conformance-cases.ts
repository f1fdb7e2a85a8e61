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

const withConnection =
  (kept: boolean) =>
  (what: string, request: string, ...answers: number[]): ConformanceCase => ({ what, request, answers, kept });
const kept = withConnection(true);
const closed = withConnection(false);

/** What this server decides; how Node.js refuses what is no HTTP is its own matter. */
export const conformanceCases: readonly ConformanceCase[] = [
  kept('query string', target('/metrics?a=b'), 200),
  kept('absolute URI', target('http://example.com/metrics?a=b'), 200),
  kept('percent-encoded path, `/%6Detrics`: not decoded', target('/%6Detrics'), 404),
  kept('dot segments, `/x/../metrics`: not resolved', target('/x/../metrics'), 404),
  kept('HEAD: headers only', method('HEAD'), 200),
  kept('POST, PUT, DELETE, PATCH, any other known method', method('POST'), 405),
  kept('the same on an unknown path', method('POST', '/nothing'), 405),
  closed('CONNECT', method('CONNECT', 'example.com:443')),
  kept('`Upgrade: websocket`: ignored', scrape('Connection: Upgrade\r\nUpgrade: websocket'), 200),
  kept('`Expect: 100-continue`', scrape('Expect: 100-continue\r\nContent-Length: 3', 'abc'), 100, 200),
  kept('any other `Expect`', scrape('Expect: a-pony'), 417),
  closed('header of 20 kB', scrape(`X: ${'a'.repeat(20_000)}`), 431),
  kept('body, even one that looks like a request', scrape(`Content-Length: ${next.length}`, next), 200),
  closed('length and chunks', scrape('Content-Length: 1\r\nTransfer-Encoding: chunked', '0\r\n\r\n'), 400),
  kept('pipelined requests: answered in order', `${scrape('X: a')}${method('HEAD', '/nothing')}${next}`, 200, 404, 200),
];

export function conformanceTable(): string {
  const rows = conformanceCases.map(
    ({ what, answers, kept }) => `| ${what} | ${answers.join(', then ') || 'none'} | ${kept ? 'kept' : 'closed'} |`,
  );
  return ['| Request | Answer | Connection |', '| --- | --- | --- |', ...rows].join('\n');
}
