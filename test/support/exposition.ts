/** One line of an exposition that holds a value. */
export interface Sample {
  readonly name: string;
  /** In the order in which they are written. */
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string | undefined;
  readonly samples: readonly Sample[];
}

export interface Exposition {
  readonly families: ReadonlyMap<string, Family>;
  /** All samples of a metric that carry these label values, none when there is no such metric. */
  select(name: string, labels?: Readonly<Record<string, string>>): readonly Sample[];
  /** The value of the one sample that `select` finds; undefined when there is none. Throws when there are several. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const sampleValue = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|NaN|[+-]?Inf)$/;
const types = new Set(['counter', 'gauge', 'untyped']);

interface OpenFamily {
  name: string;
  type: string | undefined;
  help: string | undefined;
  samples: Sample[];
}

/**
 * Reads Prometheus' text format 0.0.4, and no more of it than a good exporter needs: each family in one piece, typed
 * before its first sample, no series twice, no timestamps. Throws with the line that is wrong.
 */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('the last line does not end with a newline');
  const families = new Map<string, OpenFamily>();
  const seen = new Set<string>();
  let current: OpenFamily | undefined;

  const enter = (name: string): OpenFamily => {
    if (current?.name === name) return current;
    if (families.has(name)) throw new Error(`the lines of ${name} are not in one piece`);
    current = { name, type: undefined, help: undefined, samples: [] };
    families.set(name, current);
    return current;
  };

  const read = (line: string): void => {
    if (line.startsWith('#')) {
      const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+)(?: (.*))?$/.exec(line) ?? [];
      if (keyword === undefined) return;
      if (wholeMatch(metricName, name) === undefined) throw new Error('not a metric name');
      const family = enter(name);
      if (family.samples.length > 0) throw new Error(`${keyword} after a sample`);
      if (keyword === 'HELP') {
        if (family.help !== undefined) throw new Error('a second HELP');
        family.help = unescape(rest, helpEscapes);
      } else {
        if (family.type !== undefined) throw new Error('a second TYPE');
        if (!types.has(rest)) throw new Error('unknown type');
        family.type = rest;
      }
      return;
    }
    const sample = parseSample(line);
    const family = enter(sample.name);
    if (family.type === undefined) throw new Error('a sample without TYPE');
    const series = JSON.stringify([sample.name, [...sample.labels].sort(([a], [b]) => (a < b ? -1 : 1))]);
    if (seen.has(series)) throw new Error('the same series again');
    seen.add(series);
    family.samples.push(sample);
  };

  text
    .slice(0, -1)
    .split('\n')
    .forEach((line, index) => {
      try {
        read(line);
      } catch (error) {
        throw new Error(`line ${index + 1}: ${String(error)}: ${line}`, { cause: error });
      }
    });
  return exposition(new Map([...families].map(([name, family]) => [name, { ...family, type: family.type ?? '' }])));
}

function exposition(families: ReadonlyMap<string, Family>): Exposition {
  const select = (name: string, labels: Readonly<Record<string, string>> = {}): readonly Sample[] => {
    const wanted = Object.entries(labels);
    const samples = families.get(name)?.samples ?? [];
    return samples.filter((sample) => wanted.every(([label, value]) => sample.labels.get(label) === value));
  };
  return {
    families,
    select,
    value: (name, labels) => {
      const found = select(name, labels);
      if (found.length > 1) throw new Error(`${found.length} series of ${name} with ${JSON.stringify(labels)}`);
      return found[0]?.value;
    },
  };
}

/** Reads one line with a value; OpenMetrics writes it the same way. */
export function parseSample(line: string): Sample {
  const name = metricName.exec(line)?.[0];
  if (name === undefined) throw new Error('no metric name');
  const labels = new Map<string, string>();
  let rest = line.slice(name.length);
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    while (!rest.startsWith('}')) {
      if (labels.size > 0) {
        if (!rest.startsWith(',')) throw new Error('no comma between two labels');
        rest = rest.slice(1);
      }
      const label = labelName.exec(rest)?.[0];
      if (label === undefined) throw new Error('no label name');
      const quoted = /^="((?:[^"\\]|\\.)*)"/.exec(rest.slice(label.length));
      if (quoted === null) throw new Error(`no quoted value of ${label}`);
      if (labels.has(label)) throw new Error(`label ${label} twice`);
      labels.set(label, unescape(quoted[1] ?? '', labelEscapes));
      rest = rest.slice(label.length + quoted[0].length);
    }
    rest = rest.slice(1);
  }
  if (!rest.startsWith(' ')) throw new Error('no space before the value');
  const written = rest.slice(1);
  if (!sampleValue.test(written)) throw new Error('not a value');
  return { name, labels, value: Number(written.replace('Inf', 'Infinity')) };
}

function wholeMatch(pattern: RegExp, text: string): string | undefined {
  const match = pattern.exec(text)?.[0];
  return match === text ? match : undefined;
}

const helpEscapes = new Map([
  ['\\\\', '\\'],
  ['\\n', '\n'],
]);
const labelEscapes = new Map([...helpEscapes, ['\\"', '"']]);

function unescape(text: string, escapes: ReadonlyMap<string, string>): string {
  return text.replace(/\\.?/g, (escape) => {
    const meant = escapes.get(escape);
    if (meant === undefined) throw new Error(`${escape} is no escape`);
    return meant;
  });
}
