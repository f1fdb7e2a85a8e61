import type { EngineInfo } from '../docker/api.ts';
import { withoutFigures } from '../snapshot/doubts.ts';
import {
  type ContainerFacts,
  type Capability,
  type Problem,
  type Snapshot,
  allCapabilities,
} from '../snapshot/facts.ts';
import type { Finding, Level } from './finding.ts';

/** Prometheus' default scrape_timeout of 10 s, less the half second that the agent leaves for the way back. */
const scrapeTimeoutSeconds = 9.5;

/** What is missing without a capability. */
export const withoutCapability: Readonly<Record<Capability, string>> = {
  cpu: 'container_cpu_* are missing',
  events:
    'no events, for which only Docker is asked: what happens between two scrapes is counted only as far as inspections show it',
  fs_bytes: 'container_fs_reads_bytes_total and container_fs_writes_bytes_total are missing',
  fs_operations: 'container_fs_reads_total and container_fs_writes_total are missing',
  memory_cache: 'container_memory_cache_bytes and container_memory_rss_bytes are missing',
  memory_failcnt: 'container_memory_failcnt is 0, as on cgroup v2 always',
  memory_swap: 'container_memory_swap_bytes is 0, as on cgroup v2 always',
  network: 'container_network_* is missing: no running container has a network of its own',
  one_shot_stats: 'each stats request costs the engine two samples',
  pids: 'container_pids_current is missing',
};

/** The result of one scrape. `info` is undefined where it is forbidden. */
export function describeScrape(snapshot: Snapshot, seconds: number, info: EngineInfo | undefined): Finding[] {
  const sampled = snapshot.containers.filter(({ resources }) => resources !== undefined);
  return [
    scrapeDuration(snapshot, seconds),
    ...failedContainers(snapshot),
    ...memoryAccounting(sampled, info),
    sampled.length === 0 ? nothingRuns : reportedCapabilities(snapshot.capabilities),
  ];
}

const nothingRuns: Finding = {
  level: 'ok',
  subject: 'capabilities',
  text: 'unknown: no container is running',
};

function scrapeDuration({ containers }: Snapshot, seconds: number): Finding {
  const text = `${seconds.toFixed(2)} s; containers: ${containers.length}`;
  if (seconds <= scrapeTimeoutSeconds) return { level: 'ok', subject: 'scrape', text };
  const advice = ['Prometheus gives up after 10 s: raise its scrape_timeout, or set collection.interval'];
  return { level: 'warn', subject: 'scrape', text, advice };
}

/** Failed calls about single containers; those about endpoints are among the permissions. */
function failedContainers({ problems, containers }: Snapshot): Finding[] {
  const names = new Set(containers.map(({ name }) => name));
  const ofContainers = problems.filter(
    ({ subject, message }) => names.has(subject) && !/: status 40[13]/.test(message),
  );
  const failed = ofContainers.filter(({ message }) => !message.startsWith(withoutFigures));
  const unmeasured = ofContainers.filter(({ message }) => message.startsWith(withoutFigures));
  return [
    ...findingOf('warn', 'failed for', failed, containers.length),
    ...findingOf('fail', 'no figures of', unmeasured, containers.length),
  ];
}

function findingOf(level: Level, what: string, problems: readonly Problem[], outOf: number): Finding[] {
  if (problems.length === 0) return [];
  const subjects = new Set(problems.map(({ subject }) => subject));
  const advice = problems.slice(0, 5).map(({ subject, message }) => `${subject}: ${message}`);
  return [{ level, subject: 'scrape', text: `${what} ${subjects.size} of ${outOf} containers`, advice }];
}

/** Where no container has any memory the kernel does not count it; where some have none, it is theirs alone that is missing. */
function memoryAccounting(sampled: readonly ContainerFacts[], info: EngineInfo | undefined): Finding[] {
  const subject = 'memory';
  const uncounted = sampled.filter(({ resources }) => resources?.memoryUsage === undefined);
  if (uncounted.length === 0 && sampled.length > 0) return [{ level: 'ok', subject, text: 'counted by the kernel' }];
  if (uncounted.length < sampled.length) {
    const advice = uncounted.slice(0, 5).map(({ name }) => name);
    return [
      { level: 'fail', subject, text: `not told of ${uncounted.length} of ${sampled.length} containers`, advice },
    ];
  }
  if (sampled.length === 0 && info?.MemoryLimit !== false) return [];
  const text = 'the kernel does not count it for containers: container_memory_* are missing or 0';
  return [{ level: 'fail', subject, text, advice: info?.CgroupVersion === '1' ? cgroupV1Advice : cgroupV2Advice }];
}

const cgroupV1Advice = [
  'the memory controller is disabled: add cgroup_enable=memory to the kernel command line and reboot',
];

const cgroupV2Advice = [
  'the memory controller is not delegated to dockerd; check where it runs: cat /sys/fs/cgroup/cgroup.controllers',
  'without memory in it: Proxmox LXC: pct set ID --features nesting=1; otherwise boot with cgroup_enable=memory',
  'rootless Docker: Delegate=cpu cpuset io memory pids in the unit user@.service',
  'with memory in it, but not in cgroup.subtree_control: OpenRC: rc_cgroup_mode="unified", rc-update add cgroups; then restart dockerd',
];

function reportedCapabilities(capabilities: ReadonlySet<Capability>): Finding {
  const missing = allCapabilities.filter((capability) => !capabilities.has(capability));
  return {
    level: 'ok',
    subject: 'capabilities',
    text: missing.length === 0 ? 'all reported' : `not reported: ${missing.join(', ')}`,
    advice: missing.map((capability) => withoutCapability[capability]),
  };
}
