import { cadvisorCatalogue } from '../lib/metrics/cadvisor.ts';
import { querySources } from '../test/support/cadvisor-queries.ts';

/** How a family differs from cAdvisor's; the others are the same. */
export const coarser: Readonly<Record<string, string>> = {
  cadvisor_version_info: '`cadvisorVersion` and `cadvisorRevision` are empty',
  container_cpu_usage_seconds_total: 'by CPU on cgroup v1; on v2 `cpu="total"`, since the engine adds the CPUs up',
  container_creation_time_seconds:
    'when Docker created the container; cAdvisor has the last start, when the cgroup was made',
  container_fs_reads_bytes_total: '`device` is `major:minor`',
  container_fs_reads_total: '`device` is `major:minor`; cgroup v1 only, as the engine reports it',
  container_fs_usage_bytes:
    'the writable layer, without `device` and logs; only with `collection.collectors.disk`, as of the last measurement',
  container_fs_writes_bytes_total: '`device` is `major:minor`',
  container_fs_writes_total: '`device` is `major:minor`; cgroup v1 only, as the engine reports it',
  container_memory_failcnt: 'on cgroup v2 the `oom` count of `memory.events`, where cAdvisor has 0',
  container_memory_max_usage_bytes: 'cgroup v1 only',
  container_memory_pgscan_total: 'cgroup v2 only',
  container_memory_pgsteal_total: 'cgroup v2 only',
  container_memory_swap: 'only where the engine reports it: cgroup v1 with swap accounting',
  container_oom_events_total: "the engine's `oom` events since the exporter knows the container",
  container_start_time_seconds: 'with its fraction of a second',
  container_threads_max: 'no series without a limit, where cAdvisor has 0',
  machine_cpu_cores: 'without `boot_id`, `machine_id` and `system_uuid`',
  machine_memory_bytes: 'without `boot_id`, `machine_id` and `system_uuid`',
};

const nodeExporter = "Prometheus' node_exporter, once for the host";

/** What the Engine API does not tell, and what to use instead. */
export const untold: readonly { readonly families: readonly string[]; readonly instead: string }[] = [
  {
    families: ['container_cpu_cfs_burst_periods_total', 'container_cpu_cfs_burst_seconds_total'],
    instead: 'nothing: Docker sets no bursts',
  },
  {
    families: ['container_cpu_load_average_10s', 'container_cpu_load_d_average_10s', 'container_tasks_state'],
    instead: '`container_threads`; CPU time of `container_spec_cpu_quota`; `node_load1` of the host',
  },
  {
    families: [
      'container_pressure_cpu_stalled_seconds_total',
      'container_pressure_cpu_waiting_seconds_total',
      'container_pressure_io_stalled_seconds_total',
      'container_pressure_io_waiting_seconds_total',
      'container_pressure_memory_stalled_seconds_total',
      'container_pressure_memory_waiting_seconds_total',
    ],
    instead: '`container_cpu_cfs_throttled_*` for CPU limits; `node_pressure_*` of the host',
  },
  {
    families: [
      'container_fs_inodes_free',
      'container_fs_inodes_total',
      'container_fs_limit_bytes',
      'container_fs_io_current',
      'container_fs_io_time_seconds_total',
      'container_fs_io_time_weighted_seconds_total',
      'container_fs_read_seconds_total',
      'container_fs_reads_merged_total',
      'container_fs_sector_reads_total',
      'container_fs_sector_writes_total',
      'container_fs_write_seconds_total',
      'container_fs_writes_merged_total',
    ],
    instead: `bytes and operations above; \`node_filesystem_*\` and \`node_disk_*\` of ${nodeExporter}`,
  },
  {
    families: [
      'container_memory_events_high_total',
      'container_memory_events_max_total',
      'container_memory_kernel_usage',
      'container_memory_workingset_refault_anon_total',
      'container_memory_workingset_refault_file_total',
    ],
    instead: 'for limits that were hit `container_memory_failcnt`',
  },
  {
    families: [
      'machine_cpu_books',
      'machine_cpu_drawers',
      'machine_cpu_physical_cores',
      'machine_cpu_sockets',
      'machine_nvm_avg_power_budget_watts',
      'machine_nvm_capacity',
      'machine_swap_bytes',
    ],
    instead: nodeExporter,
  },
];

/** cAdvisor's families and what they are here, as Markdown lists. */
export function cadvisorLists(): string {
  const names = cadvisorCatalogue.flatMap(({ metrics }) => metrics.map(({ name }) => name)).toSorted();
  const same = names.filter((name) => coarser[name] === undefined);
  const differing = names.flatMap((name) => (coarser[name] === undefined ? [] : [`- \`${name}\`: ${coarser[name]}`]));
  const missing = untold.map(({ families, instead }) => `- ${listed(families)}: ${instead}`);
  return [
    `Same as cAdvisor's: ${listed(same)}.`,
    '',
    'Same name, but coarser:',
    '',
    ...differing,
    '',
    'Not available from the Engine API, and what to use instead:',
    '',
    ...missing,
    `- series of the root cgroup (\`id="/"\`) and of systemd's slices: ${nodeExporter}`,
  ].join('\n');
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** What dashboards and alerts made for cAdvisor get answers to, as Markdown lists. */
export function cadvisorQueries(): string {
  const lines: string[] = [];
  for (const { name, address, queries } of querySources) {
    const unanswered = queries.filter((each) => each.unanswered !== undefined);
    const answered = queries.length - unanswered.length;
    lines.push(`- [${name}](${address}): ${answered} of ${queries.length}${unanswered.length === 0 ? '' : '; not'}`);
    for (const { title, unanswered: reason } of unanswered) lines.push(`  - ${title}: ${reason}`);
  }
  return lines.join('\n');
}
