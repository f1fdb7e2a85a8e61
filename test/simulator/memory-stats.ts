import type { SimulatedContainer } from './container.ts';
import { HOST } from './profile.ts';
import type { EngineKind } from './profile.ts';
import type { Usage } from './usage.ts';

/** What cgroup v1 shows as the limit of a group without one: the largest signed 64-bit number of whole pages. */
const UNLIMITED = '9223372036854771712';

const SECOND_HIERARCHY_ZEROS = `
  active_anon anon_thp file_dirty file_writeback pgactivate pgdeactivate pglazyfree pglazyfreed pgmajfault pgrefill
  pgscan pgsteal shmem sock thp_collapse_alloc thp_fault_alloc unevictable workingset_activate workingset_nodereclaim
  workingset_refault`
  .trim()
  .split(/\s+/)
  .map((key) => `"${key}":0`)
  .join(',');

/** `memory_stats` of an answer: cgroup v1 and v2 have keys of their own, Podman has no details at all. */
export function memoryStats(kind: EngineKind, { memoryLimit }: SimulatedContainer, usage: Usage): string {
  const sums = `"usage":${usage.memory},"limit":${memoryLimit || HOST.memory}`;
  if (kind === 'podman') return `{${sums}}`;
  if (kind === 'docker-cgroup2') return `{${sums},"stats":{${secondHierarchy(usage)}}}`;
  const limits =
    `"hierarchical_memory_limit":${memoryLimit || UNLIMITED},` +
    `"hierarchical_memsw_limit":${memoryLimit ? 2 * memoryLimit : UNLIMITED}`;
  const details = `${firstHierarchy(usage, '')},${limits},${firstHierarchy(usage, 'total_')}`;
  return `{${sums},"max_usage":${usage.memory},"stats":{${details}}}`;
}

/** Usage is anonymous memory, page cache and a little of the kernel's own. */
function split({ memory, cache }: Usage) {
  const kernel = Math.floor(memory * 0.02);
  const activeCache = Math.floor(cache * 0.4);
  return { anonymous: memory - cache - kernel, activeCache, inactiveCache: cache - activeCache, kernel };
}

function secondHierarchy(usage: Usage): string {
  const { anonymous, activeCache, inactiveCache, kernel } = split(usage);
  const reclaimable = Math.floor(kernel / 2);
  return (
    `"active_file":${activeCache},"anon":${anonymous},"file":${usage.cache},` +
    `"file_mapped":${activeCache},"inactive_anon":${anonymous},"inactive_file":${inactiveCache},` +
    `"kernel_stack":16384,"pgfault":${Math.floor(anonymous / 1024)},"slab":${kernel},` +
    `"slab_reclaimable":${reclaimable},"slab_unreclaimable":${kernel - reclaimable},${SECOND_HIERARCHY_ZEROS}`
  );
}

/** The group's own numbers, or with `total_` those of the hierarchy, which for a container are the same. */
function firstHierarchy(usage: Usage, prefix: '' | 'total_'): string {
  const { anonymous, activeCache, inactiveCache } = split(usage);
  const pages = Math.floor(anonymous / 4096);
  return (
    `"${prefix}active_anon":0,"${prefix}active_file":${activeCache},"${prefix}cache":${usage.cache},` +
    `"${prefix}dirty":0,"${prefix}inactive_anon":${anonymous},"${prefix}inactive_file":${inactiveCache},` +
    `"${prefix}mapped_file":${activeCache},"${prefix}pgfault":${4 * pages},"${prefix}pgmajfault":0,` +
    `"${prefix}pgpgin":${2 * pages},"${prefix}pgpgout":${pages},"${prefix}rss":${anonymous},` +
    `"${prefix}rss_huge":0,"${prefix}unevictable":0,"${prefix}writeback":0`
  );
}
