import { type Sample, parseSample } from './exposition.ts';

export interface OpenMetricsFamily {
  readonly type: string;
  readonly unit: string | undefined;
  readonly samples: readonly Sample[];
}

/**
 * Reads OpenMetrics 1.0.0 as far as counters and gauges go: each family in one piece, its comments once and before its
 * samples, units that are suffixes, suffixes that fit the type, `# EOF` and nothing behind it. Throws with the line that is wrong.
 */
export function parseOpenMetrics(text: string): { readonly families: ReadonlyMap<string, OpenMetricsFamily> } {
  if (!text.endsWith('\n# EOF\n')) throw new Error('does not end with # EOF');
  const families = new Map<string, { type: string; unit: string | undefined; samples: Sample[] }>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.slice(0, -'\n# EOF\n'.length).split('\n')) {
    const fail = (reason: string): never => {
      throw new Error(`${reason}: ${line}`);
    };
    const [, keyword, name = '', rest = ''] = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line) ?? [];
    if (keyword === 'TYPE') {
      if (families.has(name) || !['counter', 'gauge', 'unknown'].includes(rest)) fail('bad or second TYPE');
      if (rest === 'counter' && name.endsWith('_total')) fail('a counter family with _total');
      families.set(name, { type: rest, unit: undefined, samples: [] });
      current = name;
      continue;
    }
    const family = families.get(current) ?? fail('no TYPE before');
    if (keyword !== undefined) {
      if (name !== current || family.samples.length > 0) fail(`${keyword} out of place`);
      if (keyword === 'UNIT' && !name.endsWith(`_${rest}`)) fail('the unit is no suffix');
      if (keyword === 'UNIT') family.unit = rest;
      continue;
    }
    const sample = parseSample(line);
    const suffixes = family.type === 'counter' ? ['_total', '_created'] : [''];
    if (!suffixes.some((suffix) => sample.name === current + suffix)) fail(`no sample of ${current}`);
    const series = JSON.stringify([sample.name, [...sample.labels].sort(([a], [b]) => (a < b ? -1 : 1))]);
    if (seen.has(series)) fail('the same series again');
    seen.add(series);
    family.samples.push(sample);
  }
  return { families };
}
