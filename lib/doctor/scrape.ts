import type { EngineInfo } from '../docker/api.ts';
import { type ContainerFacts, type Capability, type Snapshot, allCapabilities } from '../snapshot/facts.ts';
import type { Finding } from './finding.ts';

/** Prometheus gives up after 10 s unless told otherwise, and the agent leaves it half a second of that. */
const patience = 9.5;

/** What a feature that the engine does not report costs. */
export const unreported: Readonly<Record<Capability, string>> = {
  fs_bytes: 'container_fs_reads_bytes_total and container_fs_writes_bytes_total are missing',
  fs_operations: 'container_fs_reads_total and container_fs_writes_total are missing',
  memory_cache: 'container_memory_cache_bytes and container_memory_rss_bytes are missing',
  memory_failcnt: 'container_memory_failcnt is 0, as on cgroup v2 always',
  memory_swap: 'container_memory_swap_bytes is 0, as on cgroup v2 always',
  network: 'container_network_* is missing: no running container has a network of its own',
  one_shot_stats: 'each stats request costs the engine two samples',
  pids: 'container_pids_current is missing',
};

/** What one scrape brought. `info` is undefined where it is forbidden. */
export function describeScrape(snapshot: Snapshot, seconds: number, info: EngineInfo | undefined): Finding[] {
  const sampled = snapshot.containers.filter(({ resources }) => resources !== undefined);
  return [
    duration(snapshot, seconds),
    ...troubles(snapshot),
    ...memory(sampled, info),
    sampled.length === 0 ? nothingRuns : reportedFeatures(snapshot.capabilities),
  ];
}

const nothingRuns: Finding = {
  level: 'ok',
  subject: 'features',
  text: 'no statistics of a running container: what this engine reports can not be told',
};

function duration({ containers }: Snapshot, seconds: number): Finding {
  const text = `${seconds.toFixed(2)} s; containers: ${containers.length}`;
  if (seconds <= patience) return { level: 'ok', subject: 'scrape', text };
  const advice = ['Prometheus gives up after 10 s: raise its scrape_timeout, or set collection.interval'];
  return { level: 'warn', subject: 'scrape', text, advice };
}

/** Failed calls about single containers; those about endpoints are told by the permissions. */
function troubles({ problems, containers }: Snapshot): Finding[] {
  const names = new Set(containers.map(({ name }) => name));
  const failed = problems.filter(({ subject, message }) => names.has(subject) && !message.includes(': status 403'));
  if (failed.length === 0) return [];
  const subjects = [...new Set(failed.map(({ subject }) => subject))];
  const advice = failed.slice(0, 5).map(({ subject, message }) => `${subject}: ${message}`);
  return [
    {
      level: 'warn',
      subject: 'scrape',
      text: `failed for ${subjects.length} of ${containers.length} containers`,
      advice,
    },
  ];
}

/**
 * A running process has memory, so where nobody has any the kernel does not count it. Docker says so of itself too, even
 * while nothing runs.
 */
function memory(sampled: readonly ContainerFacts[], info: EngineInfo | undefined): Finding[] {
  const subject = 'memory';
  if (sampled.some(({ resources }) => (resources?.memoryUsage ?? 0) > 0)) {
    return [{ level: 'ok', subject, text: 'counted by the kernel' }];
  }
  if (sampled.length === 0 && info?.MemoryLimit !== false) return [];
  const text = 'the kernel counts none for containers: all container_memory_* are 0 or missing';
  return [{ level: 'fail', subject, text, advice: info?.CgroupVersion === '1' ? firstHierarchy : secondHierarchy }];
}

const firstHierarchy = [
  'the memory controller is switched off: add cgroup_enable=memory to the kernel command line and boot again',
];

const secondHierarchy = [
  'the memory controller is not delegated to where dockerd runs; see there: cat /sys/fs/cgroup/cgroup.controllers',
  'memory not among them: Proxmox LXC: pct set ID --features nesting=1; else boot with cgroup_enable=memory',
  'rootless Docker: Delegate=cpu cpuset io memory pids in the unit user@.service',
  'among them, but not in cgroup.subtree_control: OpenRC: rc_cgroup_mode="unified", rc-update add cgroups; then restart dockerd',
];

function reportedFeatures(capabilities: ReadonlySet<Capability>): Finding {
  const missing = allCapabilities.filter((capability) => !capabilities.has(capability));
  return {
    level: 'ok',
    subject: 'features',
    text: missing.length === 0 ? 'all reported' : `not reported: ${missing.join(', ')}`,
    advice: missing.map((capability) => unreported[capability]),
  };
}
