import { buildInfo } from '../build-info.ts';
import { catalogue } from '../metrics/catalogue.ts';
import { selectLabels } from '../metrics/container-labels.ts';
import type { Snapshot } from '../snapshot/facts.ts';
import { exampleSnapshot } from './example.ts';

const allFamilies: readonly string[] = catalogue.flatMap(({ metrics }) => metrics.map(({ name }) => name));

/** The families that the catalogue shows of a snapshot. */
function familiesOf(snapshot: Snapshot): ReadonlySet<string> {
  const families = new Set<string>();
  const selectedLabels = selectLabels([/.*/]);
  for (const { read } of catalogue) {
    read({ snapshot, build: buildInfo, selectedLabels }, ({ name }) => void families.add(name));
  }
  return families;
}

/** What the catalogue lacks where a part of a snapshot is not there: `container_memory_*` for all that begin so. */
export function missingWithout(withoutPart: (snapshot: Snapshot) => Snapshot): string {
  const left = familiesOf(withoutPart(exampleSnapshot));
  const missing = [...familiesOf(exampleSnapshot)].filter((name) => !left.has(name));
  return [...new Set(missing.map((name) => shortest(name, missing)))].join(', ');
}

/** The shortest beginning of a name, cut at a `_`, that no family has but several missing ones; else the name itself. */
function shortest(name: string, missing: readonly string[]): string {
  const words = name.split('_');
  for (let length = 1; length < words.length; length += 1) {
    const beginning = `${words.slice(0, length).join('_')}_`;
    const alike = allFamilies.filter((family) => family.startsWith(beginning));
    if (alike.length > 1 && alike.every((family) => missing.includes(family))) return `${beginning}*`;
  }
  return name;
}
