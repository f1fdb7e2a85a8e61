import type { ContainerFacts, Health } from '../../snapshot/facts.ts';
import { shortId } from '../../inventory/container-list.ts';
import { hasRun } from '../../inventory/inspection.ts';
import {
  type ContainerAt,
  type Entity,
  type Row,
  containerAttributes,
  containerLabels,
  gauge,
  group,
  ofContainer,
  upDown,
} from '../metric.ts';

const healthValues: Readonly<Record<Health, number>> = { none: 0, starting: 1, healthy: 2, unhealthy: 3 };

export const stateRows: readonly Row<ContainerAt>[] = [
  {
    name: 'container_last_seen',
    kind: 'gauge',
    unit: 's',
    help: 'Unix time of the snapshot in which the container was last seen.',
    otel: gauge('container.last_seen'),
    cadvisor: 'container_last_seen',
    read: ({ now }) => Math.floor(now),
  },
  {
    name: 'container_start_time_seconds',
    kind: 'gauge',
    unit: 's',
    help: 'Unix time of the last start.',
    otel: gauge('container.start_time'),
    cadvisor: 'container_start_time_seconds',
    read: ({ container }) => container.startedAt,
  },
  {
    name: 'container_uptime_seconds',
    kind: 'gauge',
    unit: 's',
    help: 'Time since the last start of a running or paused container; 0 otherwise.',
    otel: gauge('container.uptime'),
    read: uptime,
  },
  {
    name: 'container_health_status',
    kind: 'gauge',
    unit: '{status}',
    help: 'Health check status: 0 none, 1 starting, 2 healthy, 3 unhealthy.',
    otel: gauge('container.health.status'),
    read: ({ container }) => healthValues[container.health],
  },
  {
    name: 'container_restart_count',
    kind: 'gauge',
    unit: '{restart}',
    help: 'Number of restarts by the restart policy.',
    otel: upDown('container.restart.count'),
    read: ({ container }) => container.restartCount,
  },
  {
    name: 'container_exit_code',
    kind: 'gauge',
    unit: '{code}',
    help: 'Exit code of the last run.',
    otel: gauge('container.exit_code'),
    read: ({ container }) => container.exitCode,
  },
];

const infoEntities: Entity<ContainerFacts> = {
  labels: [...containerLabels, 'container_id', 'status', 'health_status', 'started_at'],
  *observe({ snapshot }) {
    for (const container of snapshot.containers) {
      const attributes = {
        ...containerAttributes(container),
        container_id: shortId(container.id),
        status: container.state,
        health_status: container.health,
        started_at: wholeSeconds(container.startedAt),
      };
      const otelAttributes = {
        'container.state': container.state,
        'container.health': container.health,
        'container.started_at': attributes.started_at,
      };
      yield { facts: container, attributes, ...ofContainer(container, otelAttributes) };
    }
  },
};

export const infoMetrics = group(infoEntities, [
  {
    name: 'container_info',
    kind: 'gauge',
    unit: '{container}',
    help: 'Identity and state of the container as labels; always 1.',
    otel: gauge('container.info'),
    read: () => 1,
  },
]);

function uptime({ container, now }: ContainerAt): number | undefined {
  const { localStartedAt } = container;
  if (!hasRun(container)) return 0;
  // To the millisecond, which is all the clock gives. It may have started after the snapshot was begun.
  return localStartedAt === undefined ? undefined : Math.max(0, Math.round((now - localStartedAt) * 1000) / 1000);
}

/** RFC 3339 in whole seconds; an empty string for a container that never started. */
function wholeSeconds(unixSeconds: number | undefined): string {
  if (unixSeconds === undefined) return '';
  return new Date(Math.floor(unixSeconds) * 1000).toISOString().replace('.000Z', 'Z');
}
