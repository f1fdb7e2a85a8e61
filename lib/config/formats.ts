import { isIP } from 'node:net';
import type { Origin } from './origin.ts';
import { choiceOf, logOutputWarning, parseLogLevel, parseLogOutput } from './choices.ts';
import { parseDockerHost, redactDockerHost } from './docker-host.ts';
import { parseDuration } from './durations.ts';
import { parseLabelFilter, parsePattern, parseWholePattern } from './patterns.ts';

type Shape = 'scalar' | 'list' | 'map';

/** How the values of a setting are written and what they may be. */
export interface Format<Item> {
  /** A list or a map holds any number of items, each read by itself. */
  readonly shape: Shape;
  /** What stands for the value in `--help`. */
  readonly placeholder: string;
  /** Reads one item. Throws an Error that says what is allowed. */
  readonly parse: (text: string, origin: Origin) => Item;
  /** Throws an Error when a value that could be read is not allowed all the same. A method, so that formats can name their own type. */
  validate?(this: void, value: unknown): void;
  /** What to say of a text that is taken for something else; undefined where it is not. */
  readonly warning?: (text: string) => string | undefined;
  /** The text without what is secret in it; all of it may be printed where there is none. */
  readonly redact?: (text: string) => string;
}

/** Every reason is what is allowed, not what is wrong. */
function assertFormat(expected: string, condition: boolean): void {
  if (!condition) throw new Error(`must be ${expected}`);
}

const asWritten = (text: string): string => text;

function parseWholeNumber(text: string): number {
  assertFormat('a whole number', /^(?:0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text)));
  return Number(text);
}

function parsePort(text: string): number {
  assertFormat('a whole number from 0 to 65535', /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535);
  return Number(text);
}

/** Exactly what a request for it has as its path once a URL parser has been over it. */
function assertUrlPath(path: string): void {
  assertFormat('a path such as /metrics, without ? and #', URL.parse(path, 'http://localhost')?.pathname === path);
}

/** As Go's listeners read it; an IPv6 address stands in brackets. No host means every address. */
export function parseListenAddress(text: string): { readonly address: string; readonly port: number } {
  const [, ip6, host = '', port = ''] = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  const allowed = 'HOST:PORT or :PORT';
  assertFormat(allowed, port !== '' && (ip6 === undefined ? /^[a-z0-9._-]*$/i.test(host) : isIP(ip6) === 6));
  return { address: ip6 ?? host, port: parsePort(port) };
}

/** The words of shells and of YAML 1.1, which the files of the Go exporter are written in. */
function parseBoolean(text: string): boolean {
  const yes = ['true', '1', 'yes', 'on'];
  const no = ['false', '0', 'no', 'off'];
  const word = text.toLowerCase();
  assertFormat(`one of ${[...yes, ...no].join(', ')}`, yes.includes(word) || no.includes(word));
  return yes.includes(word);
}

/** As a variable it is Docker's own DOCKER_TLS_VERIFY, where any text that is not a no is a yes. */
function parseTlsVerify(text: string, origin: Origin): boolean {
  return origin === 'environment' ? !['0', 'false', 'no', 'off'].includes(text.toLowerCase()) : parseBoolean(text);
}

/** As a variable it is OpenTelemetry's list of exporters, where the other names are not for this program. */
function parseOtlpSwitch(text: string, origin: Origin): boolean {
  if (origin !== 'environment') return parseBoolean(text);
  return text.split(',').some((name) => name.trim().toLowerCase() === 'otlp');
}

/** A duration, where OpenTelemetry's variables have whole milliseconds without a unit. */
function parseOtlpDuration(text: string): number {
  return parseDuration(/^\d+$/.test(text) ? `${text}ms` : text);
}

/** Returns undefined for an empty text. Throws an Error that says what is allowed, without the value. */
function parseHttpUrl(text: string, example: string, credentials = ''): URL | undefined {
  if (text === '') return undefined;
  const url = URL.parse(text);
  const allowed = `a URL that starts with http:// or https://, such as ${example}`;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw new Error(`must be ${allowed}`);
  if (url.username || url.password) throw new Error(`must not hold a user name or a password${credentials}`);
  return url;
}

function parseOtlpEndpoint(text: string): string {
  const example = 'http://collector:4318';
  const url = parseHttpUrl(text, example, '; give them in otlp.headers');
  assertFormat(`a URL without #, such as ${example}`, !url?.hash);
  return text;
}

/** For a link, so as a browser has it. */
function parseWebUrl(text: string): string {
  return parseHttpUrl(text, 'https://grafana.example.com/d/docker')?.href ?? '';
}

/** A value of a list such as `api-key=a%20b`; in a YAML file it stands as it is. */
function parsePercentEncoded(text: string, origin: Origin): string {
  if (origin === 'file' || origin === 'default') return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new Error('must have values in percent-encoding, where % is written %25', { cause: error });
  }
}

/** Names no value, since those are secret. */
function validateHeaders(headers: ReadonlyMap<string, string>): void {
  const allowed = [...headers].every(
    ([name, value]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !/[^\t\x20-\x7e\x80-\xff]/.test(value),
  );
  assertFormat('names and values that HTTP allows for headers', allowed);
}

function validateLabelNames(labels: ReadonlyMap<string, string>): void {
  const malformed = [...labels.keys()].filter((name) => !/^[a-zA-Z_]\w*$/.test(name) || name.startsWith('__'));
  const found = malformed.map((name) => JSON.stringify(name)).join(', ');
  assertFormat(`names of letters, digits and underscores without a digit or __ in front, not ${found}`, found === '');
}

function parseBcryptHash(text: string): string {
  assertFormat(
    'a bcrypt hash ($2a$, $2b$ or $2y$)',
    /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/.test(text),
  );
  return text;
}

/** In lower case, in which names are compared. */
function parseHost(text: string): string {
  const host = text.toLowerCase();
  assertFormat('a host name, with a port or without', /^[a-z0-9._-]+(?::\d+)?$/.test(host));
  return host;
}

function parseTlsVersion(text: string): 'TLSv1.2' | 'TLSv1.3' {
  const minor = /^(?:TLSv?)?1\.?([23])$/i.exec(text)?.[1];
  assertFormat('1.2 or 1.3', minor !== undefined);
  return minor === '3' ? 'TLSv1.3' : 'TLSv1.2';
}

function parseApiVersion(text: string): string {
  const [, version] = /^v?(\d+\.\d+)$/.exec(text) ?? [];
  assertFormat('a version such as 1.41, or empty for whatever the daemon speaks', text === '' || version !== undefined);
  return version ?? '';
}

function scalar<Value>(
  placeholder: string,
  parse: (text: string, origin: Origin) => Value,
  validate?: (value: Value) => void,
) {
  return { shape: 'scalar', placeholder, parse, ...(validate && { validate }) } as const satisfies Format<Value>;
}

function map<Value>(
  parse: (text: string, origin: Origin) => Value,
  validate?: (value: ReadonlyMap<string, Value>) => void,
) {
  return { shape: 'map', placeholder: 'NAME=VALUE,…', parse, ...(validate && { validate }) } as const;
}

/** Every format a setting can have. To add one, add a row. */
export const formats = {
  text: scalar('TEXT', asWritten),
  file: scalar('FILE', asWritten),
  directory: scalar('DIRECTORY', asWritten),
  boolean: scalar('true|false', parseBoolean),
  whole_number: scalar('NUMBER', parseWholeNumber),
  count: scalar('NUMBER', parseWholeNumber, (value) => assertFormat('a whole number of at least 1', value >= 1)),
  label_length: scalar('NUMBER', parseWholeNumber, (value) =>
    assertFormat('a whole number of at least 64, which the ids of containers have', value >= 64),
  ),
  duration: scalar('DURATION', parseDuration),
  positive_duration: scalar('DURATION', parseDuration, (value) => assertFormat('longer than 0', value > 0)),
  port: scalar('PORT', parsePort),
  address: scalar('ADDRESS', asWritten, (value) =>
    assertFormat('an IP address or a host name, without a port', isIP(value) !== 0 || /^[a-z0-9._-]*$/i.test(value)),
  ),
  listen_address: scalar('HOST:PORT', (text) => {
    parseListenAddress(text);
    return text;
  }),
  url_path: scalar('PATH', asWritten, assertUrlPath),
  optional_url_path: scalar('PATH', asWritten, (value) => {
    if (value !== '') assertUrlPath(value);
  }),
  bcrypt_hash: scalar('HASH', (text) => text && parseBcryptHash(text)),
  tls_version: scalar('1.2|1.3', parseTlsVersion),
  tls_verify: scalar('true|false', parseTlsVerify),
  docker_host: { ...scalar('URL', parseDockerHost), redact: redactDockerHost },
  api_version: scalar('VERSION', parseApiVersion),
  metric_prefix: scalar('TEXT', asWritten, (value) =>
    assertFormat('letters, digits and underscores, not beginning with a digit', /^$|^[a-zA-Z_]\w*$/.test(value)),
  ),
  otlp_switch: scalar('true|false', parseOtlpSwitch),
  web_url: { ...scalar('URL', parseWebUrl), redact: redactDockerHost },
  otlp_endpoint: { ...scalar('URL', parseOtlpEndpoint), redact: redactDockerHost },
  otlp_duration: scalar('DURATION', parseOtlpDuration, (value) => assertFormat('longer than 0', value > 0)),
  log_level: scalar('debug|info|warn|error', parseLogLevel),
  log_output: { ...scalar('stdout|stderr', parseLogOutput), warning: logOutputWarning },
  patterns: { shape: 'list', placeholder: 'REGEX', parse: parsePattern },
  whole_patterns: { shape: 'list', placeholder: 'REGEX', parse: parseWholePattern },
  label_filters: { shape: 'list', placeholder: 'KEY[=VALUE]', parse: parseLabelFilter },
  hosts: { shape: 'list', placeholder: 'HOST[:PORT]', parse: parseHost },
  labels: map(asWritten, validateLabelNames),
  http_headers: map(parsePercentEncoded, validateHeaders),
  resource_attributes: map(parsePercentEncoded, (value) => assertFormat('pairs that all have a name', !value.has(''))),
  password_hashes: map(parseBcryptHash),
} as const satisfies Record<string, Format<unknown>>;

export type FormatName = keyof typeof formats;

/** The format of a setting; a choice of words is read in any case. */
export function formatOf(format: FormatName | readonly string[]): Format<unknown> {
  return typeof format === 'string' ? formats[format] : scalar(format.join('|'), choiceOf(format));
}

/** Whether a flag of this format may stand alone. */
export function isSwitch(format: FormatName | readonly string[]): boolean {
  return format === 'boolean' || format === 'tls_verify' || format === 'otlp_switch';
}

/** What a setting of a format holds once read. */
export type FormatValue<Name extends FormatName> = Collected<
  (typeof formats)[Name]['shape'],
  ReturnType<(typeof formats)[Name]['parse']>
>;

type Collected<S extends Shape, Item> = S extends 'list'
  ? readonly Item[]
  : S extends 'map'
    ? ReadonlyMap<string, Item>
    : Item;
