import type { DiskSums, DiskUsage, DiskVolume } from '../docker/api.ts';
import type { DiskType } from '../docker/client.ts';
import { EngineError } from '../docker/errors.ts';
import { isObject, nonEmptyString, textsIn, unsignedNumber } from '../docker/json-values.ts';
import { composeOf } from '../inventory/known-container.ts';
import type { DiskSpace, DiskUsageFacts, VolumeFacts } from './facts.ts';

type Item = Readonly<Record<string, unknown>>;

/** Where an answer describes one type: by sums since API 1.52, before by a list that is added up as Docker's CLI does. */
interface DiskSection {
  readonly list: keyof DiskUsage;
  readonly sums: keyof DiskUsage;
  readonly add: (items: readonly Item[], answer: DiskUsage) => DiskSpace;
}

const sections: Readonly<Record<DiskType, DiskSection>> = {
  'build-cache': { list: 'BuildCache', sums: 'BuildCacheUsage', add: buildCacheSpace },
  image: { list: 'Images', sums: 'ImageUsage', add: imageSpace },
  container: { list: 'Containers', sums: 'ContainerUsage', add: containerSpace },
  volume: { list: 'Volumes', sums: 'VolumeUsage', add: volumeSpace },
};

/** Reads what an answer of `/system/df` says of these types. Throws an EngineError when it is not what the API promises. */
export function parseDiskUsage(body: unknown, types: readonly DiskType[]): DiskUsageFacts {
  if (!isObject(body)) throw new EngineError('malformed', 'GET /system/df: unexpected response shape');
  const answer: DiskUsage = body;
  const itemsOf = (type: DiskType): Item[] => (types.includes(type) ? listed(answer, sections[type]) : []);
  return {
    space: new Map(types.map((type) => [type, spaceOf(answer, sections[type])])),
    writableLayers: new Map(
      itemsOf('container').flatMap((container) => {
        const id = nonEmptyString(container['Id']);
        const bytes = sizeOf(container['SizeRw']);
        return id === undefined || bytes === undefined ? [] : [[id, bytes]];
      }),
    ),
    volumes: volumesIn(itemsOf('volume')),
  };
}

/** What several answers said, each of other types. */
export function mergeDiskUsage(parts: readonly DiskUsageFacts[]): DiskUsageFacts {
  return {
    space: new Map(parts.flatMap(({ space }) => [...space])),
    writableLayers: new Map(parts.flatMap(({ writableLayers }) => [...writableLayers])),
    volumes: parts.flatMap(({ volumes }) => volumes),
  };
}

function spaceOf(answer: DiskUsage, section: DiskSection): DiskSpace {
  const sums = sumsOf(answer, section);
  if (sums === undefined) return section.add(listed(answer, section), answer);
  return { used: sizeOf(sums.TotalSize), reclaimable: sizeOf(sums.Reclaimable) };
}

function sumsOf(answer: DiskUsage, { sums }: DiskSection): DiskSums | undefined {
  const value: unknown = answer[sums];
  return isObject(value) ? value : undefined;
}

/** Null is an empty list in Go's JSON. */
function listed(answer: DiskUsage, section: DiskSection): Item[] {
  const list: unknown = sumsOf(answer, section)?.Items ?? answer[section.list];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** Layers that images share are counted once, so what no container uses is the rest rather than a sum. */
function imageSpace(images: readonly Item[], { LayersSize: layers }: DiskUsage): DiskSpace {
  const used = unsignedNumber(layers);
  // Podman 4 says 0 whatever there is.
  if (used === undefined || (used === 0 && images.length > 0)) return { used: undefined, reclaimable: undefined };
  const inUse = images.filter(
    ({ Containers: containers, SharedSize: shared }) => containers !== 0 && sizeOf(shared) !== undefined,
  );
  const kept = total(inUse, ({ Size: size, SharedSize: shared }) => (sizeOf(size) ?? 0) - (sizeOf(shared) ?? 0));
  return { used, reclaimable: Math.max(0, used - kept) };
}

const activeStates: ReadonlySet<unknown> = new Set(['running', 'paused', 'restarting']);

function containerSpace(containers: readonly Item[]): DiskSpace {
  const ended = containers.filter(({ State: state }) => !activeStates.has(state));
  const size = ({ SizeRw: bytes }: Item): number => sizeOf(bytes) ?? 0;
  return { used: total(containers, size), reclaimable: total(ended, size) };
}

function volumeSpace(volumes: readonly Item[]): DiskSpace {
  const unused = volumes.filter(({ UsageData: usage }: DiskVolume) => usage?.RefCount === 0);
  const size = (volume: DiskVolume): number => volumeSize(volume) ?? 0;
  return { used: total(volumes, size), reclaimable: total(unused, size) };
}

function buildCacheSpace(records: readonly Item[]): DiskSpace {
  // What is shared belongs to an image.
  const own = records.filter(({ Shared: isShared }) => isShared !== true);
  const idle = own.filter(({ InUse: isInUse }) => isInUse !== true);
  const size = ({ Size: bytes }: Item): number => sizeOf(bytes) ?? 0;
  return { used: total(own, size), reclaimable: total(idle, size) };
}

function total(items: readonly Item[], size: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + size(item), 0);
}

/** Sizes of 0 are left out by the engine, and those that it does not know are -1. */
function sizeOf(value: unknown): number | undefined {
  return value === undefined ? 0 : unsignedNumber(value);
}

function volumeSize({ UsageData: usage }: DiskVolume): number | undefined {
  return isObject(usage) ? unsignedNumber(usage.Size) : undefined;
}

/** The volumes whose size is known; anonymous ones, which come and go, are added up. */
function volumesIn(items: readonly Item[]): VolumeFacts[] {
  const volumes = new Map<string, VolumeFacts>();
  for (const item of items) {
    const volume: DiskVolume = item;
    const labels = textsIn(volume.Labels);
    const name = nonEmptyString(volume.Name);
    const bytes = volumeSize(volume);
    if (name === undefined || bytes === undefined) continue;
    const facts = {
      name: isAnonymous(name, labels) ? '(anonymous)' : name,
      driver: nonEmptyString(volume.Driver) ?? '',
      composeProject: composeOf(labels).composeProject,
    };
    const key = JSON.stringify(facts);
    volumes.set(key, { ...facts, bytes: bytes + (volumes.get(key)?.bytes ?? 0) });
  }
  return [...volumes.values()];
}

/** Docker 23 and later label them; all name them by 64 random digits. */
function isAnonymous(name: string, labels: Readonly<Record<string, string>>): boolean {
  return labels['com.docker.volume.anonymous'] !== undefined || /^[0-9a-f]{64}$/.test(name);
}
