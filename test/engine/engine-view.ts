import { expect } from 'chai';
import type { BlockIoEntry, ContainerInspection, ContainerStats, ContainerSummary } from '../../lib/docker/api.ts';
import type { AgentProcess } from '../support/agent-process.ts';
import type { DockerEngine } from '../support/docker-engine.ts';
import { eventually } from '../support/eventually.ts';
import type { Exposition } from '../support/exposition.ts';

/** What the engine itself says of all containers, at one time. */
export interface EngineView {
  /** Unix seconds, before the first question. */
  readonly takenAt: number;
  readonly containers: readonly ContainerView[];
}

export interface ContainerView {
  readonly summary: ContainerSummary;
  readonly inspection: ContainerInspection;
  /** Only of a container that runs or is paused, and where they were asked for. */
  readonly stats: ContainerStats | undefined;
}

export async function viewOf(engine: DockerEngine, { stats: withStats = true } = {}): Promise<EngineView> {
  const takenAt = Date.now() / 1000;
  const list = await engine.apiGet<readonly ContainerSummary[]>('/containers/json?all=1');
  const containers = await Promise.all(
    list.map(async (summary) => {
      const inspection = await engine.apiGet<ContainerInspection>(`/containers/${summary.Id}/json`);
      const stats = withStats && lives(inspection) ? await engine.stats(String(summary.Id)) : undefined;
      return { summary, inspection, stats };
    }),
  );
  return { takenAt, containers };
}

/** A series' name and labels, in their order, as one key. */
function seriesKey(name: string, labels: Iterable<readonly [string, string]>): string {
  return `${name} ${JSON.stringify([...labels])}`;
}

const network: readonly (readonly [metric: string, field: keyof NonNullable<ContainerStats['networks']>[string]])[] = [
  ['receive_bytes', 'rx_bytes'],
  ['receive_packets', 'rx_packets'],
  ['receive_errors', 'rx_errors'],
  ['receive_dropped', 'rx_dropped'],
  ['transmit_bytes', 'tx_bytes'],
  ['transmit_packets', 'tx_packets'],
  ['transmit_errors', 'tx_errors'],
  ['transmit_dropped', 'tx_dropped'],
];

/** Every container series that an exporter has to show for this view, reckoned from the metrics' definitions alone. */
export function expectedSeries({ takenAt, containers }: EngineView): ReadonlyMap<string, number> {
  const expected = new Map<string, number>();
  for (const { summary, inspection, stats } of containers) {
    const labels = summary.Labels ?? {};
    const base: readonly (readonly [string, string])[] = [
      ['container_name', (summary.Names?.[0] ?? '').slice(1)],
      ['compose_service', labelIn(labels['com.docker.compose.service'])],
      ['compose_project', labelIn(labels['com.docker.compose.project'])],
      ['image', (summary.Image?.startsWith('sha256:') ? inspection.Config?.Image : summary.Image) ?? ''],
    ];
    const add = (name: string, value: number | undefined, ...extra: (readonly [string, string])[]): void => {
      if (value !== undefined) expected.set(seriesKey(`container_${name}`, [...base, ...extra]), value);
    };

    const { StartedAt = '', FinishedAt = '', Status = '', ExitCode, Health } = inspection.State ?? {};
    const started = StartedAt.startsWith('0001') ? undefined : Date.parse(StartedAt) / 1000;
    // The engine marks what it stops unhealthy; health is of what runs.
    const health = ['running', 'paused'].includes(Status) ? (Health?.Status ?? 'none') : 'none';
    add('last_seen', Math.floor(takenAt));
    add('start_time_seconds', started);
    add('uptime_seconds', lives(inspection) && started !== undefined ? takenAt - started : 0);
    add('finished_time_seconds', /^0001|^$/.test(FinishedAt) ? undefined : Date.parse(FinishedAt) / 1000);
    add('health_failing_streak', health === 'none' ? undefined : (Health?.FailingStreak ?? 0));
    add('health_status', ['none', 'starting', 'healthy', 'unhealthy'].indexOf(health));
    const host = inspection.HostConfig ?? {};
    add('spec_memory_limit_bytes', host.Memory);
    add('spec_memory_reservation_limit_bytes', host.MemoryReservation);
    add('spec_memory_swap_limit_bytes', Math.max(0, host.MemorySwap ?? 0));
    add('spec_cpu_quota', (host.NanoCpus ?? 0) / 10_000 || host.CpuQuota || undefined);
    add('spec_cpu_period', host.CpuPeriod || 100_000);
    add('spec_cpu_shares', host.CpuShares || 1024);
    add('spec_pids_limit', (host.PidsLimit ?? 0) > 0 ? (host.PidsLimit ?? undefined) : undefined);
    add('restart_count', inspection.RestartCount);
    add('exit_code', ExitCode);
    add(
      'info',
      1,
      ['container_id', String(summary.Id).slice(0, 12)],
      ['status', Status],
      ['health_status', health],
      ['started_at', started === undefined ? '' : StartedAt.replace(/(\.\d+)?Z$/, 'Z')],
    );
    if (stats === undefined) continue;

    const { usage = 0, limit, failcnt = 0, stats: detail = {} } = stats.memory_stats ?? {};
    const inactive = detail?.['total_inactive_file'] ?? detail?.['inactive_file'] ?? 0;
    add('memory_usage_bytes', usage);
    add('memory_limit_bytes', limit);
    add('memory_cache_bytes', detail?.['total_cache'] ?? detail?.['file']);
    add('memory_rss_bytes', detail?.['total_rss'] ?? detail?.['anon']);
    add('memory_swap_bytes', detail?.['total_swap'] ?? detail?.['swap'] ?? 0);
    add('memory_working_set_bytes', inactive < usage ? usage - inactive : usage);
    add('memory_failcnt', failcnt);

    const { cpu_usage: cpu, throttling_data: throttling } = stats.cpu_stats ?? {};
    add('cpu_usage_seconds_total', seconds(cpu?.total_usage));
    add('cpu_system_seconds_total', seconds(cpu?.usage_in_kernelmode));
    add('cpu_user_seconds_total', seconds(cpu?.usage_in_usermode));
    add('cpu_cfs_periods_total', throttling?.periods);
    add('cpu_throttling_periods_total', throttling?.throttled_periods);
    add('cpu_throttled_seconds_total', seconds(throttling?.throttled_time));
    add('pids_current', stats.pids_stats?.current);

    // A network of another container is shown at that one.
    const networks = inspection.HostConfig?.NetworkMode?.startsWith('container:') ? {} : stats.networks;
    for (const [name, counters] of Object.entries(networks ?? {})) {
      for (const [metric, field] of network) add(`network_${metric}_total`, counters[field], ['interface', name]);
    }
    const { io_service_bytes_recursive: bytes, io_serviced_recursive: operations } = stats.blkio_stats ?? {};
    for (const [device, sum] of sums(bytes, 'read')) add('fs_reads_bytes_total', sum, ['device', device]);
    for (const [device, sum] of sums(bytes, 'write')) add('fs_writes_bytes_total', sum, ['device', device]);
    for (const [device, sum] of sums(operations, 'read')) add('fs_reads_total', sum, ['device', device]);
    for (const [device, sum] of sums(operations, 'write')) add('fs_writes_total', sum, ['device', device]);
  }
  return expected;
}

/** What only the agent knows, who counted the events. */
const counted = /^container_((starts|exits|oom_events)_total|last_exit_reason)$/;

/** The engine tells start times to the nanosecond, Date keeps milliseconds. */
const tolerances = new Map([
  ['container_start_time_seconds', 0.001],
  ['container_finished_time_seconds', 0.001],
  ['container_uptime_seconds', 0.002],
]);

/**
 * What is wrong with a scrape that was taken between two views of the engine: each container series has to be in all
 * three, its labels in the same order, and its value between the engine's own two, which are equal for most.
 */
function differences(before: EngineView, scrape: Exposition, after: EngineView): readonly string[] {
  const [low, high] = [expectedSeries(before), expectedSeries(after)];
  const scraped = new Map<string, number>();
  for (const { name, samples } of scrape.families.values()) {
    if (!name.startsWith('container_') || counted.test(name)) continue;
    for (const { labels, value } of samples) scraped.set(seriesKey(name, labels), value);
  }

  const problems: string[] = [];
  for (const key of new Set([...low.keys(), ...scraped.keys(), ...high.keys()])) {
    const [from, value, to] = [low.get(key), scraped.get(key), high.get(key)];
    const slack = tolerances.get(key.slice(0, key.indexOf(' '))) ?? 0;
    const fits =
      from !== undefined &&
      to !== undefined &&
      value !== undefined &&
      value >= Math.min(from, to) - slack &&
      value <= Math.max(from, to) + slack;
    if (!fits) problems.push(`${key}: engine ${from}, scrape ${value}, engine ${to}`);
  }
  return problems;
}

function lives({ State }: ContainerInspection): boolean {
  return State?.Status === 'running' || State?.Status === 'paused';
}

function seconds(nanoseconds: number | undefined): number | undefined {
  return nanoseconds === undefined ? undefined : nanoseconds / 1e9;
}

function sums(entries: readonly BlockIoEntry[] | null | undefined, op: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const entry of entries ?? []) {
    const device = `${entry.major}:${entry.minor}`;
    if (entry.op?.toLowerCase() === op) found.set(device, (found.get(device) ?? 0) + (entry.value ?? 0));
  }
  return found;
}

function labelIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Waits for a scrape that agrees with the engine before and after it, and resolves to how many containers there are. */
export function agreement(engine: DockerEngine, agent: Pick<AgentProcess, 'metrics'>): Promise<number> {
  return eventually(
    'a scrape agrees with the engine before and after it',
    async () => {
      const before = await viewOf(engine);
      const between = await agent.metrics();
      const after = await viewOf(engine);
      expect(differences(before, between, after).join('\n')).to.equal('');
      return after.containers.length;
    },
    { within: 40_000 },
  );
}
