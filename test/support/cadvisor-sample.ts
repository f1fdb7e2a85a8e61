import { readFileSync } from 'node:fs';
import { parseSample } from './exposition.ts';

export interface SampledFamily {
  readonly type: string;
  /** The names of the labels that any of its series has, in an order of their own; undefined without series. */
  readonly labels: readonly string[] | undefined;
}

/** What a real cAdvisor shows of five containers, by family. Its lines are in another order than it wrote them. */
export function readCadvisorSample(): ReadonlyMap<string, SampledFamily> {
  const lines = readFileSync(new URL('../fixtures/cadvisor-sample.prom', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  const labels = new Map<string, readonly string[]>();
  for (const line of lines.filter((each) => !each.startsWith('#'))) {
    const sample = parseSample(line);
    labels.set(sample.name, [...sample.labels.keys()].toSorted());
  }
  const types = lines.flatMap((line) => {
    const [, name = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    return name === '' ? [] : [[name, { type, labels: labels.get(name) }] as const];
  });
  return new Map(types);
}
