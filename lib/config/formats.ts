import { isIP } from 'node:net';
import { parseDockerHost } from './docker-host.ts';
import { parseDuration } from './durations.ts';
import type { Origin } from './layers.ts';
import {
  parseExporterList,
  parseOtlpDuration,
  parseOtlpEndpoint,
  parsePercentEncoded,
  validateAttributeNames,
  validateHeaders,
} from './otlp-formats.ts';
import { parseLabelFilter, parsePattern } from './patterns.ts';
import { validateLabelNames } from './label-names.ts';

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
}

/** What may be wrong with a value is said as what it must be. */
function must(be: string, holds: boolean): void {
  if (!holds) throw new Error(`must be ${be}`);
}

const asWritten = (text: string): string => text;

function parseWholeNumber(text: string): number {
  must('a whole number', /^(?:0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text)));
  return Number(text);
}

function parsePort(text: string): number {
  must('a whole number from 0 to 65535', /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535);
  return Number(text);
}

/** As Go's listeners have it; an IPv6 address stands in brackets. No host means every address. */
export function parseListenAddress(text: string): { readonly address: string; readonly port: number } {
  const [, ip6, host = '', port = ''] = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
  const allowed = 'HOST:PORT or :PORT';
  must(allowed, port !== '' && (ip6 === undefined ? /^[a-z0-9._-]*$/i.test(host) : isIP(ip6) === 6));
  return { address: ip6 ?? (host || '0.0.0.0'), port: parsePort(port) };
}

/** The words of shells and of YAML 1.1, which the files of the Go exporter are written in. */
function parseBoolean(text: string): boolean {
  const yes = ['true', '1', 'yes', 'on'];
  const no = ['false', '0', 'no', 'off'];
  const word = text.toLowerCase();
  must(`one of ${[...yes, ...no].join(', ')}`, yes.includes(word) || no.includes(word));
  return yes.includes(word);
}

/** As a variable it is Docker's own DOCKER_TLS_VERIFY, where any text that is not a no is a yes. */
function parseTlsVerify(text: string, origin: Origin): boolean {
  return origin === 'environment' ? !['0', 'false', 'no', 'off'].includes(text.toLowerCase()) : parseBoolean(text);
}

function parseOtlpSwitch(text: string, origin: Origin): boolean {
  return origin === 'environment' ? parseExporterList(text) : parseBoolean(text);
}

function parseTlsVersion(text: string): 'TLSv1.2' | 'TLSv1.3' {
  const minor = /^(?:TLSv?)?1\.?([23])$/i.exec(text)?.[1];
  must('1.2 or 1.3', minor !== undefined);
  return minor === '3' ? 'TLSv1.3' : 'TLSv1.2';
}

function parseApiVersion(text: string): string {
  const [, version] = /^v?(\d+\.\d+)$/.exec(text) ?? [];
  must('a version such as 1.41, or empty for whatever the daemon speaks', text === '' || version !== undefined);
  return version ?? '';
}

function scalar<Value>(
  placeholder: string,
  parse: (text: string, origin: Origin) => Value,
  validate?: (value: Value) => void,
) {
  return { shape: 'scalar', placeholder, parse, ...(validate && { validate }) } as const satisfies Format<Value>;
}

/** Every format a setting can have. */
export const formats = {
  text: scalar('TEXT', asWritten),
  file: scalar('FILE', asWritten),
  directory: scalar('DIRECTORY', asWritten),
  boolean: scalar('true|false', parseBoolean),
  whole_number: scalar('NUMBER', parseWholeNumber),
  count: scalar('NUMBER', parseWholeNumber, (value) => must('a whole number of at least 1', value >= 1)),
  duration: scalar('DURATION', parseDuration),
  positive_duration: scalar('DURATION', parseDuration, (value) => must('longer than 0', value > 0)),
  port: scalar('PORT', parsePort),
  address: scalar('ADDRESS', asWritten, (value) =>
    must('an IP address or a host name, without a port', isIP(value) !== 0 || /^[a-z0-9._-]*$/i.test(value)),
  ),
  listen_address: scalar('HOST:PORT', (text) => {
    parseListenAddress(text);
    return text;
  }),
  /** Exactly what a request for it has as its path once a URL parser has been over it. */
  url_path: scalar('PATH', asWritten, (value) =>
    must('a path such as /metrics, without ? and #', URL.parse(value, 'http://localhost')?.pathname === value),
  ),
  bcrypt_hash: scalar('HASH', asWritten, (value) =>
    must('a bcrypt hash ($2a$, $2b$ or $2y$)', /^$|^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/.test(value)),
  ),
  tls_version: scalar('1.2|1.3', parseTlsVersion),
  tls_verify: scalar('true|false', parseTlsVerify),
  docker_host: scalar('URL', parseDockerHost),
  api_version: scalar('VERSION', parseApiVersion),
  metric_prefix: scalar('TEXT', asWritten, (value) =>
    must('letters, digits and underscores, not beginning with a digit', /^$|^[a-zA-Z_]\w*$/.test(value)),
  ),
  patterns: { shape: 'list', placeholder: 'REGEX', parse: parsePattern },
  label_filters: { shape: 'list', placeholder: 'KEY[=VALUE]', parse: parseLabelFilter },
  otlp_switch: scalar('true|false', parseOtlpSwitch),
  otlp_endpoint: scalar('URL', parseOtlpEndpoint),
  otlp_duration: scalar('DURATION', parseOtlpDuration, (value) => must('longer than 0', value > 0)),
  http_headers: { shape: 'map', placeholder: 'NAME=VALUE,…', parse: parsePercentEncoded, validate: validateHeaders },
  resource_attributes: {
    shape: 'map',
    placeholder: 'NAME=VALUE,…',
    parse: parsePercentEncoded,
    validate: validateAttributeNames,
  },
  labels: { shape: 'map', placeholder: 'NAME=VALUE,…', parse: asWritten, validate: validateLabelNames },
} as const satisfies Record<string, Format<unknown>>;

export type FormatName = keyof typeof formats;

/** The format of a setting; a choice of words is read in any case, and convict checks that it is one of them. */
export function formatOf(format: FormatName | readonly string[]): Format<unknown> {
  return typeof format === 'string' ? formats[format] : scalar(format.join('|'), (text) => text.toLowerCase());
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
