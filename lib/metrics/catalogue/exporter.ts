import type { BuildInfo } from '../../build-info.ts';
import { type Collector, type Snapshot, allCapabilities, collectors } from '../../snapshot/facts.ts';
import { type Entity, counter, gauge, exporterGroup, unlabelled } from '../metric.ts';
import { processStartedAt } from '../self.ts';

const buildEntity: Entity<BuildInfo> = {
  labels: ['version', 'commit', 'build_date', 'go_version', 'node_version'],
  *observe({ build }) {
    const attributes = {
      version: build.version,
      commit: build.commit,
      build_date: build.buildDate,
      // Dashboards of the Go exporter select on it.
      go_version: 'n/a',
      node_version: build.nodeVersion,
    };
    const otelAttributes = {
      'service.version': build.version,
      'exporter.commit': build.commit,
      'exporter.build_date': build.buildDate,
      'process.runtime.version': build.nodeVersion,
    };
    yield { facts: build, attributes, otelAttributes, startedAt: undefined };
  },
};

export const buildMetrics = exporterGroup(buildEntity, [
  {
    name: 'exporter_build_info',
    kind: 'gauge',
    unit: '{exporter}',
    help: 'Build information as labels; always 1.',
    otel: gauge('exporter.build_info'),
    read: () => 1,
  },
]);

/** A collector of a snapshot; one that is switched off has no figures. */
interface CollectorAt {
  readonly collector: Collector;
  readonly snapshot: Snapshot;
}

const collectorEntities: Entity<CollectorAt> = {
  labels: ['collector'],
  *observe({ snapshot }) {
    for (const collector of collectors) {
      const otelAttributes = { 'exporter.collector': collector };
      yield { facts: { collector, snapshot }, attributes: { collector }, otelAttributes, startedAt: processStartedAt };
    }
  },
};

export const collectorMetrics = exporterGroup(collectorEntities, [
  {
    name: 'exporter_scrape_duration_seconds',
    kind: 'gauge',
    unit: 's',
    help: 'Time taken by the collector.',
    otel: gauge('exporter.scrape.duration'),
    read: ({ collector, snapshot }) => snapshot.durations[collector],
  },
  {
    name: 'exporter_scrape_errors_total',
    kind: 'counter',
    unit: '{error}',
    help: 'Failed Docker Engine API calls since the exporter started.',
    otel: counter('exporter.scrape.errors'),
    read: ({ collector, snapshot }) => snapshot.errors[collector],
  },
]);

const snapshotEntity = unlabelled(({ snapshot }) => snapshot);

export const truncationMetrics = exporterGroup(snapshotEntity, [
  {
    name: 'exporter_truncated_labels',
    kind: 'gauge',
    unit: '{label}',
    help: 'Label values of containers and of the engine that are cut at metrics.max_label_length.',
    otel: gauge('exporter.truncated_labels'),
    read: ({ truncatedLabels }) => [...truncatedLabels.values()].reduce((sum, count) => sum + count, 0),
  },
]);

const capabilityEntities: Entity<{ readonly reported: boolean }> = {
  labels: ['feature'],
  *observe({ snapshot: { capabilities } }) {
    for (const feature of allCapabilities) {
      const facts = { reported: capabilities.has(feature) };
      yield { facts, attributes: { feature }, otelAttributes: { 'exporter.feature': feature }, startedAt: undefined };
    }
  },
};

export const capabilityMetrics = exporterGroup(capabilityEntities, [
  {
    name: 'exporter_capability',
    kind: 'gauge',
    unit: '{feature}',
    help: 'Whether the engine reports this feature; where it does not, a zero is not a measurement.',
    otel: gauge('exporter.capability'),
    read: ({ reported }) => (reported ? 1 : 0),
  },
]);

const reloadEntity = unlabelled(({ self }) => self?.reload);

export const reloadMetrics = exporterGroup(reloadEntity, [
  {
    name: 'exporter_config_last_reload_successful',
    kind: 'gauge',
    unit: '1',
    help: 'Whether the last configuration reload succeeded.',
    otel: gauge('exporter.config.last_reload.successful'),
    read: ({ successful }) => (successful ? 1 : 0),
  },
  {
    name: 'exporter_config_last_reload_success_timestamp_seconds',
    kind: 'gauge',
    unit: 's',
    help: 'Unix time of the last successful configuration reload.',
    otel: gauge('exporter.config.last_reload.success_time'),
    read: ({ succeededAt }) => succeededAt,
  },
]);

const pusherEntity = unlabelled(({ pushes }) => pushes);

export const pusherMetrics = exporterGroup(pusherEntity, [
  {
    name: 'exporter_otlp_pushes_total',
    kind: 'counter',
    unit: '{push}',
    help: 'Completed OTLP pushes, successful or not.',
    otel: counter('exporter.otlp.pushes'),
    read: ({ pushes }) => pushes,
  },
  {
    name: 'exporter_otlp_push_failures_total',
    kind: 'counter',
    unit: '{push}',
    help: 'OTLP pushes that were not accepted after all attempts.',
    otel: counter('exporter.otlp.push.failures'),
    read: ({ failures }) => failures,
  },
  {
    name: 'exporter_otlp_last_success_timestamp_seconds',
    kind: 'gauge',
    unit: 's',
    help: 'Unix time of the last accepted OTLP push; 0 before the first.',
    otel: gauge('exporter.otlp.last_success'),
    read: ({ lastSuccess }) => lastSuccess,
  },
]);
