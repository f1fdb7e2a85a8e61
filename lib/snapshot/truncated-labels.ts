import { isTruncated } from '../docker/truncate-strings.ts';
import type { ContainerFacts, SystemFacts } from './facts.ts';

/** How many texts were cut to that many characters, by the container's name, or `engine` for those of /info. */
export function truncatedLabels(
  containers: readonly ContainerFacts[],
  { engineInfo, hostName }: SystemFacts,
  maxLength: number,
): ReadonlyMap<string, number> {
  const truncated = new Map<string, number>();
  const count = (subject: string, values: readonly unknown[]): void => {
    const found = values.filter((value) => typeof value === 'string' && isTruncated(value, maxLength)).length;
    if (found > 0) truncated.set(subject, found);
  };
  for (const { name, image, state, labels, resources } of containers) {
    const interfaces = (resources?.interfaces ?? []).map((each) => each.name);
    count(name, [name, image, state, ...Object.values(labels), ...interfaces]);
  }
  count('engine', [hostName, ...Object.values(engineInfo ?? {})]);
  return truncated;
}
