import type { EventCount } from '../../inventory/lifecycle/event-counts.ts';
import { type ExitReason, exitReasons } from '../../inventory/lifecycle/exits.ts';
import type { ContainerLifecycle } from '../../inventory/lifecycle/lifecycle.ts';
import type { LifecycleCounts } from '../../inventory/lifecycle/counts.ts';
import type { ContainerFacts } from '../../snapshot/facts.ts';
import type { LifecycleSum } from '../../inventory/lifecycle/sums.ts';
import {
  type ContainerAt,
  type Entity,
  type Row,
  containerAttributes,
  containerLabels,
  counter,
  exporterGroup,
  gauge,
  group,
  ofContainer,
  sumLabels,
  unlabelled,
} from '../metric.ts';
import { processStartedAt } from '../self.ts';

export const lifecycleRows: readonly Row<ContainerAt>[] = [
  {
    name: 'container_health_failing_streak',
    kind: 'gauge',
    unit: '{check}',
    help: 'Failed health checks in a row; only with a health check.',
    otel: gauge('container.health.failing_streak'),
    read: ({ container }) => container.healthFailingStreak,
  },
  {
    name: 'container_finished_time_seconds',
    kind: 'gauge',
    unit: 's',
    help: 'Unix time of the end of the last run that ended.',
    otel: gauge('container.finish_time'),
    read: ({ container }) => container.finishedAt,
  },
];

const containerLifecycles: Entity<ContainerLifecycle> = {
  labels: containerLabels,
  *observe({ snapshot }) {
    for (const container of snapshot.containers) {
      const { lifecycle } = container;
      const attributes = containerAttributes(container);
      yield { facts: lifecycle, attributes, ...ofContainer(container), startedAt: lifecycle.countedSince };
    }
  },
};

export const containerLifecycleMetrics = group(containerLifecycles, [
  {
    name: 'container_starts_total',
    kind: 'counter',
    unit: '{start}',
    help: 'Starts of the container since the exporter knows it.',
    otel: counter('container.starts'),
    read: ({ starts }) => starts,
  },
  {
    name: 'container_oom_events_total',
    kind: 'counter',
    unit: '{event}',
    help: 'Out-of-memory events of the container since the exporter knows it.',
    otel: counter('container.oom.events'),
    cadvisor: 'container_oom_events_total',
    read: ({ oomEvents }) => oomEvents,
  },
]);

/** One reason of the exits that were counted. */
interface ExitsFor {
  readonly reason: ExitReason;
  readonly exits: LifecycleCounts['exits'];
}

const containerExits: Entity<ExitsFor> = {
  labels: [...containerLabels, 'reason'],
  *observe({ snapshot }) {
    for (const container of snapshot.containers) {
      const { exits, countedSince } = container.lifecycle;
      for (const reason of exitReasons) {
        const attributes = { ...containerAttributes(container), reason };
        const otel = ofContainer(container, { 'container.exit.reason': reason });
        yield { facts: { reason, exits }, attributes, ...otel, startedAt: countedSince };
      }
    }
  },
};

export const containerExitMetrics = group(containerExits, [
  {
    name: 'container_exits_total',
    kind: 'counter',
    unit: '{exit}',
    help: 'Ended runs of the container since the exporter knows it, by reason: completed, stopped, oom_killed or error.',
    otel: counter('container.exits'),
    read: ({ reason, exits }) => exits[reason],
  },
]);

const lastExits: Entity<ContainerFacts> = {
  labels: [...containerLabels, 'reason'],
  *observe({ snapshot }) {
    for (const container of snapshot.containers) {
      const reason = container.lifecycle.lastExitReason;
      if (reason === undefined) continue;
      const attributes = { ...containerAttributes(container), reason };
      yield { facts: container, attributes, ...ofContainer(container, { 'container.exit.reason': reason }) };
    }
  },
};

export const lastExitMetrics = group(lastExits, [
  {
    name: 'container_last_exit_reason',
    kind: 'gauge',
    unit: '{exit}',
    help: 'Why the last run ended, as a label: completed, stopped, oom_killed or error; none before one has ended. Always 1.',
    otel: gauge('container.last_exit.reason'),
    read: () => 1,
  },
]);

function sumAttributes({ composeProject, composeService, image }: LifecycleSum) {
  return { compose_project: composeProject, compose_service: composeService, image };
}

function sumOtelAttributes({ composeProject, composeService, image }: LifecycleSum) {
  return {
    'container.label.com.docker.compose.project': composeProject,
    'container.label.com.docker.compose.service': composeService,
    'container.image.name': image,
  };
}

const lifecycleSums: Entity<LifecycleCounts> = {
  labels: sumLabels,
  *observe({ snapshot }) {
    for (const sum of snapshot.lifecycle.sums) {
      const otelAttributes = sumOtelAttributes(sum);
      yield { facts: sum.counts, attributes: sumAttributes(sum), otelAttributes, startedAt: processStartedAt };
    }
  },
};

export const lifecycleSumMetrics = group(lifecycleSums, [
  {
    name: 'docker_container_starts_total',
    kind: 'counter',
    unit: '{start}',
    help: 'Starts of containers since the exporter started, removed containers included.',
    otel: counter('docker.container.starts'),
    read: ({ starts }) => starts,
  },
  {
    name: 'docker_container_oom_events_total',
    kind: 'counter',
    unit: '{event}',
    help: 'Out-of-memory events of containers since the exporter started, removed containers included.',
    otel: counter('docker.container.oom.events'),
    read: ({ oomEvents }) => oomEvents,
  },
  {
    name: 'docker_container_run_seconds_total',
    kind: 'counter',
    unit: 's',
    help: 'Length of the ended runs of containers since the exporter started, removed containers included.',
    otel: counter('docker.container.run.time'),
    read: ({ runSeconds }) => runSeconds,
  },
]);

const exitSums: Entity<ExitsFor> = {
  labels: [...sumLabels, 'reason'],
  *observe({ snapshot }) {
    for (const sum of snapshot.lifecycle.sums) {
      for (const reason of exitReasons) {
        const facts = { reason, exits: sum.counts.exits };
        const attributes = { ...sumAttributes(sum), reason };
        const otelAttributes = { ...sumOtelAttributes(sum), 'container.exit.reason': reason };
        yield { facts, attributes, otelAttributes, startedAt: processStartedAt };
      }
    }
  },
};

export const exitSumMetrics = group(exitSums, [
  {
    name: 'docker_container_exits_total',
    kind: 'counter',
    unit: '{exit}',
    help: 'Ended runs of containers since the exporter started, removed containers included, by reason.',
    otel: counter('docker.container.exits'),
    read: ({ reason, exits }) => exits[reason],
  },
]);

const eventKinds: Entity<EventCount> = {
  labels: ['type', 'action'],
  *observe({ snapshot }) {
    for (const facts of snapshot.lifecycle.events) {
      const { type, action } = facts;
      const otelAttributes = { 'docker.event.type': type, 'docker.event.action': action };
      yield { facts, attributes: { type, action }, otelAttributes, startedAt: processStartedAt };
    }
  },
};

export const eventMetrics = group(eventKinds, [
  {
    name: 'docker_events_total',
    kind: 'counter',
    unit: '{event}',
    help: 'Events of containers, images, volumes and networks since the exporter started.',
    otel: counter('docker.events'),
    read: ({ count }) => count,
  },
]);

const eventStream = unlabelled(({ snapshot }) => snapshot.lifecycle, processStartedAt);

export const eventGapMetrics = exporterGroup(eventStream, [
  {
    name: 'exporter_event_gaps_total',
    kind: 'counter',
    unit: '{gap}',
    help: 'Times that events of the engine may have been missed.',
    otel: counter('exporter.event.gaps'),
    read: ({ gaps }) => gaps,
  },
]);
