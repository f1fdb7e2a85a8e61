/** A dashboard or a set of rules made for cAdvisor, and what it asks of cAdvisor. */
export interface QuerySource {
  readonly name: string;
  readonly address: string;
  readonly queries: readonly SourcedQuery[];
}

export interface SourcedQuery {
  /** The panel or the alert. */
  readonly title: string;
  /** As it is there; of an alert what it compares. */
  readonly query: string;
  /** Why it has no answer here, in words for docs/cadvisor.md; undefined where it has one. */
  readonly unanswered?: string;
}

const kubeletLabel =
  "selects by `container`, a kubelet's label that a cAdvisor beside Docker does not have either: use `name`";

const shown = '{image!="",container_label_org_label_schema_group=""}';

const cpuOfQuota =
  'sum(rate(container_cpu_usage_seconds_total{container!=""}[5m])) by (pod, container) / ' +
  'sum(container_spec_cpu_quota{container!=""}/container_spec_cpu_period{container!=""}) by (pod, container) * 100';

const memoryOfLimit =
  'sum(container_memory_working_set_bytes{name!=""}) BY (instance, name) / ' +
  'sum(container_spec_memory_limit_bytes > 0) BY (instance, name) * 100';

/** Three widespread ones. What they ask of node_exporter alone is left out. */
export const querySources: readonly QuerySource[] = [
  {
    name: 'Grafana dashboard 193',
    address: 'https://grafana.com/grafana/dashboards/193',
    queries: [
      { title: 'Running containers', query: 'count(container_last_seen{image!=""})' },
      { title: 'Total Memory Usage', query: 'sum(container_memory_usage_bytes{image!=""})/1024/1024' },
      { title: 'Total CPU Usage', query: 'sum(rate(container_cpu_user_seconds_total{image!=""}[5m]) * 100)' },
      { title: 'CPU Usage', query: 'rate(container_cpu_user_seconds_total{image!=""}[5m]) * 100' },
      { title: 'Memory Usage', query: 'container_memory_usage_bytes{image!=""}' },
      { title: 'Network Rx', query: 'irate(container_network_receive_bytes_total{image!=""}[5m])' },
      { title: 'Network Tx', query: 'irate(container_network_transmit_bytes_total{image!=""}[5m])' },
    ],
  },
  {
    name: "dockprom's Docker Containers",
    address: 'https://github.com/stefanprodan/dockprom',
    queries: [
      {
        title: 'CPU Load',
        query:
          'sum(rate(container_cpu_user_seconds_total{image!=""}[1m])) / count(node_cpu_seconds_total{mode="user"}) * 100',
      },
      { title: 'CPU Cores', query: 'machine_cpu_cores' },
      { title: 'Used Memory', query: 'sum(container_memory_usage_bytes{image!=""})' },
      { title: 'Used Storage', query: 'sum(container_fs_usage_bytes)' },
      { title: 'Running Containers', query: 'scalar(count(container_memory_usage_bytes{image!=""}) > 0)' },
      {
        title: 'Container CPU Usage',
        query:
          `sum by (name) (rate(container_cpu_usage_seconds_total${shown}[1m])) / ` +
          'scalar(count(node_cpu_seconds_total{mode="user"})) * 100',
      },
      { title: 'Container Memory Usage', query: `sum by (name)(container_memory_usage_bytes${shown})` },
      { title: 'Container Cached Memory Usage', query: `sum by (name) (container_memory_cache${shown})` },
      {
        title: 'Container Network Input',
        query: `sum by (name) (rate(container_network_receive_bytes_total${shown}[1m]))`,
      },
      {
        title: 'Container Network Output',
        query: `sum by (name) (rate(container_network_transmit_bytes_total${shown}[1m]))`,
      },
    ],
  },
  {
    name: 'Awesome Prometheus Alerts, Docker containers',
    address: 'https://samber.github.io/awesome-prometheus-alerts/rules.html#docker-containers',
    queries: [
      {
        title: 'ContainerKilled',
        query: 'time() - container_last_seen > 60',
        unanswered:
          'a series ends with its container, where cAdvisor lets it stand for five minutes: use ' +
          '[ContainerFailed](alerts.md#containerfailed)',
      },
      { title: 'ContainerAbsent', query: 'container_last_seen' },
      { title: 'ContainerHighCpuUtilization', query: cpuOfQuota, unanswered: kubeletLabel },
      { title: 'ContainerHighMemoryUsage', query: memoryOfLimit },
      {
        title: 'ContainerVolumeUsage',
        query:
          '(1 - (sum(container_fs_inodes_free{name!=""}) BY (instance) / sum(container_fs_inodes_total) BY (instance))) * 100',
        unanswered: 'the API does not report inodes: use `node_filesystem_files_free` of node_exporter',
      },
      {
        title: 'ContainerHighThrottleRate',
        query:
          'sum(increase(container_cpu_cfs_throttled_periods_total{container!=""}[5m])) by (container, pod, namespace) / ' +
          'sum(increase(container_cpu_cfs_periods_total[5m])) by (container, pod, namespace)',
        unanswered: kubeletLabel,
      },
      {
        title: 'ContainerHighLowChangeCpuUsage',
        query:
          'abs((sum by (instance, name) (rate(container_cpu_usage_seconds_total{name!=""}[1m])) * 100) - ' +
          '(sum by (instance, name) (rate(container_cpu_usage_seconds_total{name!=""}[1m] offset 1m)) * 100))',
      },
      { title: 'ContainerLowCpuUtilization', query: cpuOfQuota, unanswered: kubeletLabel },
      { title: 'ContainerLowMemoryUsage', query: memoryOfLimit },
    ],
  },
];
