import type { Health, Status } from './container.ts';

/** A kind of container found on many hosts, with the load and the fate that its copies have. */
export interface Service {
  /** `project/service` of a compose project, or the name of a container started by hand. */
  name: string;
  image: string;
  command: string;
  /** Processors used, the share of periods in which the limit stops it, and how many processes use them (1). */
  processor: { mean: number; limit?: number; throttled?: number; processes?: number };
  /** MiB, and the share that is page cache. */
  memory: { mean: number; limit?: number; cached?: number };
  /** KiB a second over the network and on disk. */
  rates?: { received?: number; transmitted?: number; read?: number; written?: number };
  network?: 'host' | 'none' | 'two';
  /** What became of the first copy, the second, and so on, round and round; they run if left out. */
  fates?: readonly Fate[];
  /** The verdict on the first copy, the second, and so on; no health check if left out. */
  health?: readonly Health[];
}

export interface Fate {
  status: Status;
  exitCode?: number;
  outOfMemory?: boolean;
}

const RUNNING: Fate = { status: 'running' };
const PAUSED: Fate = { status: 'paused' };
const CREATED: Fate = { status: 'created' };
const SUCCEEDED: Fate = { status: 'exited', exitCode: 0 };
const FAILED: Fate = { status: 'exited', exitCode: 1 };
const TERMINATED: Fate = { status: 'exited', exitCode: 143 };
const OUT_OF_MEMORY: Fate = { status: 'exited', exitCode: 137, outOfMemory: true };
const CRASHING: Fate = { status: 'restarting', exitCode: 1 };

/** The simulated host's services, in the order in which their copies are made. */
export const SERVICES: readonly Service[] = [
  {
    name: 'shop/web',
    image: 'nginx:1.27.2',
    command: "/docker-entrypoint.sh nginx -g 'daemon off;'",
    processor: { mean: 0.03, processes: 9 },
    memory: { mean: 22, limit: 64 },
    rates: { received: 180, transmitted: 940 },
    health: ['healthy'],
  },
  {
    name: 'shop/api',
    image: 'registry.example.com/shop/api:4.18.0',
    command: 'docker-entrypoint.sh node server.js',
    processor: { mean: 0.22, limit: 0.5, throttled: 0.04, processes: 11 },
    memory: { mean: 190, limit: 384 },
    rates: { received: 310, transmitted: 420 },
    health: ['healthy', 'healthy', 'starting'],
  },
  {
    name: 'shop/db',
    image: 'postgres:17.2-alpine',
    command: 'docker-entrypoint.sh postgres',
    processor: { mean: 0.11, processes: 16 },
    memory: { mean: 410, limit: 1024, cached: 0.7 },
    rates: { received: 96, transmitted: 260, read: 48, written: 210 },
    health: ['healthy'],
  },
  {
    name: 'shop/cache',
    image: 'redis:7.4-alpine',
    command: 'docker-entrypoint.sh redis-server --save 60 1',
    processor: { mean: 0.02, processes: 6 },
    memory: { mean: 46, limit: 128 },
    rates: { received: 140, transmitted: 190, read: 0, written: 6 },
  },
  {
    name: 'shop/worker',
    image: 'registry.example.com/shop/worker:4.18.0',
    command: 'celery -A shop worker --concurrency 4',
    processor: { mean: 0.31, limit: 0.4, throttled: 0.37, processes: 6 },
    memory: { mean: 170, limit: 256 },
    rates: { received: 60, transmitted: 44 },
    fates: [RUNNING, CRASHING, RUNNING],
  },
  {
    name: 'shop/migrate',
    image: 'registry.example.com/shop/api:4.18.0',
    command: 'node migrate.js up',
    processor: { mean: 0.1 },
    memory: { mean: 60 },
    fates: [SUCCEEDED, SUCCEEDED, FAILED],
  },
  {
    name: 'shop/search',
    image: 'opensearchproject/opensearch:2.18.0',
    command: './opensearch-docker-entrypoint.sh opensearch',
    processor: { mean: 0.16, processes: 74 },
    memory: { mean: 900, limit: 1536, cached: 0.35 },
    rates: { received: 35, transmitted: 120, read: 120, written: 64 },
    health: ['healthy', 'unhealthy'],
  },
  {
    name: 'traefik',
    image: 'traefik:v3.2',
    command: '/entrypoint.sh --providers.docker',
    processor: { mean: 0.05, processes: 12 },
    memory: { mean: 58 },
    rates: { received: 1300, transmitted: 1350 },
    network: 'two',
    health: ['healthy'],
  },
  {
    name: 'blog/wordpress',
    image: 'wordpress:6.7-php8.3-apache',
    command: 'docker-entrypoint.sh apache2-foreground',
    processor: { mean: 0.07, processes: 10 },
    memory: { mean: 140, limit: 512, cached: 0.4 },
    rates: { received: 24, transmitted: 210, read: 4, written: 9 },
  },
  {
    name: 'blog/db',
    image: 'mariadb:11.4',
    command: 'docker-entrypoint.sh mariadbd',
    processor: { mean: 0.03, processes: 9 },
    memory: { mean: 150, limit: 512, cached: 0.5 },
    rates: { received: 12, transmitted: 48, read: 3, written: 28 },
    health: ['healthy'],
  },
  {
    name: 'monitoring/prometheus',
    image: 'prom/prometheus:v3.1.0',
    command: '/bin/prometheus --config.file=/etc/prometheus/prometheus.yml',
    processor: { mean: 0.06, processes: 13 },
    memory: { mean: 320, cached: 0.45 },
    rates: { received: 85, transmitted: 22, read: 1, written: 95 },
    network: 'two',
  },
  {
    name: 'monitoring/grafana',
    image: 'grafana/grafana:11.4.0',
    command: '/run.sh',
    processor: { mean: 0.015, processes: 17 },
    memory: { mean: 110 },
    rates: { received: 5, transmitted: 30, read: 0, written: 2 },
  },
  {
    name: 'monitoring/node-exporter',
    image: 'prom/node-exporter:v1.8.2',
    command: '/bin/node_exporter --path.rootfs=/host',
    processor: { mean: 0.004, processes: 6 },
    memory: { mean: 14 },
    network: 'host',
  },
  {
    name: 'ci/runner',
    image: 'code.forgejo.org/forgejo/runner:5.0.4',
    command: 'forgejo-runner daemon',
    processor: { mean: 0.02, processes: 10 },
    memory: { mean: 30 },
    rates: { received: 6, transmitted: 3 },
    fates: [RUNNING, RUNNING, PAUSED],
  },
  {
    name: 'build-main',
    image: 'golang:1.23-bookworm',
    command: 'go test ./...',
    processor: { mean: 0.9, limit: 1, throttled: 0.61, processes: 34 },
    memory: { mean: 620, limit: 2048, cached: 0.6 },
    rates: { received: 220, transmitted: 8, read: 300, written: 850 },
    network: 'two',
    fates: [RUNNING, FAILED, SUCCEEDED, OUT_OF_MEMORY, CREATED],
  },
  {
    name: 'mail/filter',
    image: 'rspamd/rspamd:3.10',
    command: '/usr/bin/rspamd -f',
    processor: { mean: 0.05, processes: 5 },
    memory: { mean: 214, limit: 256 },
    rates: { received: 14, transmitted: 12, read: 1, written: 2 },
    health: ['unhealthy', 'healthy'],
  },
  {
    name: 'media/server',
    image: 'jellyfin/jellyfin:10.10.3',
    command: '/jellyfin/jellyfin',
    processor: { mean: 0.35, processes: 33 },
    memory: { mean: 480, cached: 0.55 },
    rates: { received: 30, transmitted: 2600, read: 2400, written: 12 },
    network: 'host',
  },
  {
    name: 'media/download',
    image: 'linuxserver/transmission:4.0.6',
    command: '/init',
    processor: { mean: 0.08, processes: 9 },
    memory: { mean: 95, limit: 256, cached: 0.5 },
    rates: { received: 1800, transmitted: 240, read: 60, written: 1750 },
    fates: [PAUSED, RUNNING],
  },
  {
    name: 'backup-nightly',
    image: 'restic/restic:0.17.3',
    command: 'backup /data --host simulated-engine',
    processor: { mean: 0.2, processes: 8 },
    memory: { mean: 130 },
    rates: { read: 900, written: 30 },
    network: 'none',
    fates: [SUCCEEDED, RUNNING, TERMINATED],
  },
  {
    name: 'home/assistant',
    image: 'homeassistant/home-assistant:2024.12',
    command: '/init',
    processor: { mean: 0.05, processes: 44 },
    memory: { mean: 350, cached: 0.2 },
    rates: { read: 1, written: 40 },
    network: 'host',
    health: ['healthy'],
  },
  {
    name: 'home/mqtt',
    image: 'eclipse-mosquitto:2.0.20',
    command: '/docker-entrypoint.sh mosquitto -c /mosquitto/config/mosquitto.conf',
    processor: { mean: 0.003, processes: 1 },
    memory: { mean: 6, limit: 32 },
    rates: { received: 2, transmitted: 4, read: 0, written: 1 },
  },
];
