/** Sets of values that together set every value of the chart; each is rendered and validated. */
export const valueSets: Readonly<Record<string, object>> = {
  defaults: {},
  'names and labels': {
    nameOverride: 'stats',
    fullnameOverride: 'stats-of-docker',
    commonLabels: { team: 'platform' },
    podLabels: { tier: 'monitoring' },
    podAnnotations: { 'example.com/note': 'a note' },
  },
  'a private registry': {
    image: {
      repository: 'registry.example/docker-stats-exporter',
      tag: '1.2.3',
      digest: `sha256:${'0'.repeat(64)}`,
      pullPolicy: 'Always',
    },
    imagePullSecrets: [{ name: 'registry' }],
  },
  'another socket and a configuration file': {
    docker: { socketPath: '/run/podman/podman.sock', socketGroups: [998, 999] },
    config: {
      server: { metrics_path: '/stats', health_path: '/alive', ready_path: '/there' },
      collection: { interval: '10s', filters: { exclude: { names: ['^k8s_POD_'] } } },
    },
  },
  'a remote engine with TLS': {
    kind: 'Deployment',
    docker: { host: 'tcp://engine.example:2376', tlsSecret: 'engine' },
    updateStrategy: { type: 'Recreate' },
    networkPolicy: { enabled: true, egress: [{ ports: [{ port: 2376 }] }] },
  },
  'authentication and TLS, scraped by the operator': {
    auth: { secret: 'scraper' },
    tls: { secret: 'certificate', clientCa: true, healthPort: 9999 },
    serviceMonitor: {
      enabled: true,
      labels: { release: 'prometheus' },
      interval: '15s',
      scrapeTimeout: '10s',
      tlsConfig: { serverName: 'exporter', ca: { secret: { name: 'ca', key: 'ca.crt' } } },
      relabelings: [],
      metricRelabelings: [{ sourceLabels: ['__name__'], regex: 'container_last_seen', action: 'drop' }],
    },
    scrapeAnnotations: false,
  },
  'a PodMonitor without a Service': {
    service: { enabled: false },
    podMonitor: {
      enabled: true,
      labels: { release: 'prometheus' },
      interval: '1m',
      scrapeTimeout: '30s',
      tlsConfig: { insecureSkipVerify: true },
      relabelings: [{ sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'instance' }],
      metricRelabelings: [{ regex: 'image', action: 'labeldrop' }],
    },
  },
  OTLP: {
    otlp: {
      endpoint: 'http://collector:4318',
      headersSecret: 'collector',
      env: { OTEL_METRIC_EXPORT_INTERVAL: 30_000, OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test' },
    },
    networkPolicy: { enabled: true },
  },
  'alerts, dashboard, and who may scrape': {
    prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
    dashboard: { enabled: true, labels: { grafana_dashboard: 'yes' }, annotations: { grafana_folder: 'Docker' } },
    networkPolicy: { enabled: true, from: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }] },
    service: { type: 'NodePort', annotations: { 'example.com/note': 'a note' } },
  },
  'placement and more of everything': {
    port: 9300,
    runAsUser: 65_532,
    resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { cpu: 1, memory: '128Mi' } },
    tolerations: [],
    nodeSelector: { runtime: 'docker' },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'runtime', operator: 'In', values: ['docker'] }] }],
        },
      },
    },
    priorityClassName: 'system-node-critical',
    serviceAccountName: 'monitoring',
    extraEnv: [{ name: 'LOG_LEVEL', value: 'debug' }],
    extraArgs: ['--logging.format=text'],
    extraVolumes: [{ name: 'ssh', secret: { secretName: 'ssh' } }],
    extraVolumeMounts: [{ name: 'ssh', mountPath: '/home/node/.ssh', readOnly: true }],
  },
};

/** Values that have to be refused, and what the complaint says. */
export const refusedValues: readonly (readonly [what: string, values: object, complaint: RegExp])[] = [
  ['an unknown key', { serviceMonitors: {} }, /serviceMonitors/],
  ['an unknown key further down', { docker: { sock: '/x' } }, /'sock'/],
  ['an unknown section of the configuration', { config: { sever: {} } }, /'sever'/],
  ['root', { runAsUser: 0 }, /runAsUser/],
  ['a port out of range', { port: 99_999 }, /port/],
  ['a port as text', { port: '9200' }, /port/],
  ['a socket that is no path', { docker: { socketPath: 'unix:///var/run/docker.sock' } }, /socketPath/],
  ['an address without scheme', { docker: { host: 'engine:2375' } }, /docker\/host/],
  ['a group by name', { docker: { socketGroups: ['docker'] } }, /socketGroups/],
  ['a Deployment without an engine to watch', { kind: 'Deployment' }, /docker\/host/],
  ['an unknown kind', { kind: 'StatefulSet' }, /kind/],
  ['a variable that is not for OTLP', { otlp: { env: { PATH: '/' } } }, /invalid propertyName 'PATH'/],
  ['an interval without unit', { podMonitor: { interval: '15' } }, /interval/],
  [
    'a ServiceMonitor without a Service',
    { service: { enabled: false }, serviceMonitor: { enabled: true } },
    /podMonitor/,
  ],
];
