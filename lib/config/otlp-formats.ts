import { parseDuration } from './durations.ts';
import type { Origin } from './layers.ts';

/** As a variable it is OpenTelemetry's list of exporters, of which any others are not for this program. */
export function parseExporterList(text: string): boolean {
  return text.split(',').some((name) => name.trim().toLowerCase() === 'otlp');
}

/** A duration, where OpenTelemetry's variables have whole milliseconds without a unit. Throws an Error that says what is allowed. */
export function parseOtlpDuration(text: string): number {
  return parseDuration(/^\d+$/.test(text) ? `${text}ms` : text);
}

/** Reads where a collector is. Throws an Error that says what is allowed, without the value. */
export function parseOtlpEndpoint(text: string): string {
  if (text === '') return '';
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hash !== '') {
    throw new Error('must be a URL that starts with http:// or https://, such as http://collector:4318');
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error('must not hold a user name or a password; give them in otlp.headers');
  }
  return text;
}

/** A value of a list such as `api-key=a%20b`; in a YAML file it stands as it is. Throws an Error that says what is allowed. */
export function parsePercentEncoded(text: string, origin: Origin): string {
  if (origin === 'file' || origin === 'default') return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new Error('must have values in percent-encoding, where % is written %25', { cause: error });
  }
}

/** Throws an Error unless all can be sent; it names no value, since those are secret. */
export function validateHeaders(headers: ReadonlyMap<string, string>): void {
  const wrong = [...headers].filter(
    ([name, value]) => !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value),
  );
  if (wrong.length > 0) throw new Error('must be names and values that HTTP allows for headers');
}

export function validateAttributeNames(attributes: ReadonlyMap<string, string>): void {
  if (attributes.has('')) throw new Error('must have a name for every attribute');
}
