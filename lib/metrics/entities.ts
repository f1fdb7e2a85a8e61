import type { Attributes } from '@opentelemetry/api';
import type { BuildInfo } from '../build-info.ts';
import type { ReloadFacts } from '../config/reload.ts';
import {
  type Collector,
  type ContainerFacts,
  type DeviceFacts,
  type InterfaceFacts,
  type Snapshot,
  collectors,
  allCapabilities,
} from '../snapshot/facts.ts';
import { shortId } from '../snapshot/container-list.ts';
import { type ProcessFacts, type SelfFacts, processStartedAt } from './self.ts';

/** All that one collection shows. */
export interface CollectionInput {
  readonly snapshot: Snapshot;
  readonly build: BuildInfo;
  readonly self?: SelfFacts | undefined;
  /** Undefined where nothing is pushed. */
  readonly pushes?: PushFigures | undefined;
}

/** How pushing went since the exporter started. */
export interface PushFigures {
  readonly pushes: number;
  readonly failures: number;
  /** Unix seconds; 0 before the first success. */
  readonly lastSuccess: number;
}

/** One thing that figures are read from, and how its series are labelled. */
export interface Observation<Facts> {
  readonly facts: Facts;
  /** In the order in which the labels are written. */
  readonly attributes: Attributes;
  /** The same in the words of OpenTelemetry, but for what identifies the container. */
  readonly otelAttributes: Attributes;
  /** Whose figures they are; undefined for the daemon's and the exporter's own. */
  readonly container?: ContainerFacts;
  /** Unix seconds since when its counters count; undefined where that is not known. */
  readonly startedAt: number | undefined;
}

/** A kind of thing that figures are read from. */
export interface Entity<Facts> {
  readonly labels: readonly string[];
  readonly observe: (scrape: CollectionInput) => Iterable<Observation<Facts>>;
}

const containerLabels = ['container_name', 'compose_service', 'compose_project', 'image'] as const;

function containerAttributes(container: ContainerFacts): Attributes {
  return {
    container_name: container.name,
    compose_service: container.composeService,
    compose_project: container.composeProject,
    image: container.image,
  };
}

const noAttributes: Attributes = {};

/** What every series of a container has in common. */
function ofContainer(container: ContainerFacts, otelAttributes = noAttributes) {
  return { container, startedAt: container.startedAt, otelAttributes };
}

/** A container, and the snapshot's time for what is reckoned against it. */
export interface ContainerAt {
  readonly container: ContainerFacts;
  /** Unix seconds. */
  readonly now: number;
}

export const containerEntities: Entity<ContainerAt> = {
  labels: containerLabels,
  *observe({ snapshot }) {
    for (const container of snapshot.containers) {
      const facts = { container, now: snapshot.takenAt / 1000 };
      yield { facts, attributes: containerAttributes(container), ...ofContainer(container) };
    }
  },
};

export const containerInfoEntities: Entity<ContainerFacts> = {
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

export const interfaceEntities: Entity<InterfaceFacts> = {
  labels: [...containerLabels, 'interface'],
  *observe({ snapshot }) {
    for (const container of snapshot.containers) {
      for (const facts of container.resources?.interfaces ?? []) {
        const attributes = { ...containerAttributes(container), interface: facts.name };
        yield { facts, attributes, ...ofContainer(container, { 'network.interface.name': facts.name }) };
      }
    }
  },
};

export const deviceEntities: Entity<DeviceFacts> = {
  labels: [...containerLabels, 'device'],
  *observe({ snapshot }) {
    for (const container of snapshot.containers) {
      for (const facts of container.resources?.devices ?? []) {
        const attributes = { ...containerAttributes(container), device: facts.name };
        yield { facts, attributes, ...ofContainer(container, { 'system.device': facts.name }) };
      }
    }
  },
};

export const containerStateEntities: Entity<{ readonly count: number | undefined }> = {
  labels: ['state'],
  *observe({ snapshot: { system } }) {
    const counts = {
      running: system.containersRunning,
      paused: system.containersPaused,
      stopped: system.containersStopped,
    };
    for (const [state, count] of Object.entries(counts)) {
      yield {
        facts: { count },
        attributes: { state },
        otelAttributes: { 'container.state': state },
        startedAt: undefined,
      };
    }
  },
};

/** The daemon and the exporter, of which there is one. */
export const snapshotEntity: Entity<Snapshot> = {
  labels: [],
  *observe({ snapshot }) {
    yield { facts: snapshot, attributes: {}, otelAttributes: noAttributes, startedAt: undefined };
  },
};

export const buildEntity: Entity<BuildInfo> = {
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

/** A collector of a snapshot; one that is switched off has no figures. */
export interface CollectorAt {
  readonly collector: Collector;
  readonly snapshot: Snapshot;
}

export const collectorEntities: Entity<CollectorAt> = {
  labels: ['collector'],
  *observe({ snapshot }) {
    for (const collector of collectors) {
      const otelAttributes = { 'exporter.collector': collector };
      yield { facts: { collector, snapshot }, attributes: { collector }, otelAttributes, startedAt: processStartedAt };
    }
  },
};

export const processEntity: Entity<ProcessFacts> = {
  labels: [],
  *observe({ self }) {
    if (self?.process === undefined) return;
    yield { facts: self.process, attributes: {}, otelAttributes: {}, startedAt: processStartedAt };
  },
};

export const reloadEntity: Entity<ReloadFacts> = {
  labels: [],
  *observe({ self }) {
    if (self === undefined) return;
    yield { facts: self.reload, attributes: {}, otelAttributes: {}, startedAt: undefined };
  },
};

export const capabilityEntities: Entity<{ readonly reported: boolean }> = {
  labels: ['feature'],
  *observe({ snapshot: { capabilities } }) {
    for (const feature of allCapabilities) {
      const facts = { reported: capabilities.has(feature) };
      yield { facts, attributes: { feature }, otelAttributes: { 'exporter.feature': feature }, startedAt: undefined };
    }
  },
};

export const pusherEntity: Entity<PushFigures> = {
  labels: [],
  *observe({ pushes }) {
    if (pushes !== undefined)
      yield { facts: pushes, attributes: {}, otelAttributes: noAttributes, startedAt: undefined };
  },
};

/** RFC 3339 in whole seconds; an empty string for a container that never started. */
function wholeSeconds(unixSeconds: number | undefined): string {
  if (unixSeconds === undefined) return '';
  return new Date(Math.floor(unixSeconds) * 1000).toISOString().replace('.000Z', 'Z');
}
