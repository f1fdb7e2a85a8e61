import type { Format } from '../telemetry/exposition.ts';

/** One choice of an Accept or Accept-Encoding header. */
interface Choice {
  /** In lower case: `text/plain`, `gzip`. */
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** 0, for not at all, to 1. */
  readonly quality: number;
}

/**
 * The format that a scraper prefers. The libraries for this compare all parameters of a choice, and so miss
 * Prometheus 3, whose choices carry `escaping=…` too; here only the version counts. Text is the answer to those who accept neither.
 */
export function expositionFormat(accept: string | undefined): Format {
  const accepted = choicesOf(accept).filter(({ quality }) => quality > 0);
  for (const { name, parameters } of accepted.sort((left, right) => right.quality - left.quality)) {
    const version = parameters.get('version');
    if (name === 'application/openmetrics-text' && (version ?? '1.0.0') === '1.0.0') return 'openmetrics';
    if (name === 'text/plain' && (version ?? '0.0.4') === '0.0.4') return 'text';
    if (name === 'text/*' || name === '*/*') return 'text';
  }
  return 'text';
}

/** Whether gzip may be sent, and is preferred to, or as welcome as, the plain bytes. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const choices = choicesOf(acceptEncoding);
  const qualityOf = (...names: readonly string[]): number | undefined =>
    choices.find(({ name }) => names.includes(name))?.quality;
  const gzip = qualityOf('gzip', 'x-gzip') ?? qualityOf('*') ?? 0;
  return gzip > 0 && gzip >= (qualityOf('identity') ?? 0);
}

function choicesOf(header = ''): Choice[] {
  return header.split(',').flatMap((part) => {
    const [name = '', ...rest] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const parameters = new Map(rest.map(parameter));
    const quality = Number(parameters.get('q') ?? 1);
    return name !== '' && quality >= 0 && quality <= 1 ? [{ name, parameters, quality }] : [];
  });
}

function parameter(text: string): [name: string, value: string] {
  const [name = '', value = ''] = text.split('=', 2).map((side) => side.trim());
  return [name, value.replace(/^"(.*)"$/, '$1')];
}
