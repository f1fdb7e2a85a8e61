import type { Attributes } from '@opentelemetry/api';
import type { BuildInfo } from '../build-info.ts';
import type { ContainerFacts, Snapshot } from '../snapshot/facts.ts';
import type { LabelSelection } from './container-labels.ts';
import type { SelfFacts } from './self.ts';

/** Everything that one collection reads from. */
export interface CollectionInput {
  readonly snapshot: Snapshot;
  readonly build: BuildInfo;
  readonly self?: SelfFacts | undefined;
  /** Undefined where nothing is pushed. */
  readonly pushes?: PushFigures | undefined;
  /** Undefined where no labels of containers are chosen. */
  readonly selectedLabels?: LabelSelection | undefined;
}

/** How pushing went since the exporter started. */
export interface PushFigures {
  readonly pushes: number;
  readonly failures: number;
  /** Unix seconds; 0 before the first success. */
  readonly lastSuccess: number;
}

/** One observed thing, such as a container or an interface: its facts, and the labels of its series. */
export interface Observation<Facts> {
  readonly facts: Facts;
  /** In the order in which the labels are written. */
  readonly attributes: Attributes;
  /** The same as OpenTelemetry names them, without what identifies the container. */
  readonly otelAttributes: Attributes;
  /** The container it belongs to; undefined for the daemon and the exporter. */
  readonly container?: ContainerFacts;
  /** Unix seconds at which its counters began at 0, by the exporter's clock; undefined where that is not known. */
  readonly startedAt: number | undefined;
}

/** A kind of thing that metrics are read from. */
export interface Entity<Facts> {
  readonly labels: readonly string[];
  readonly observe: (input: CollectionInput) => Iterable<Observation<Facts>>;
}

/** What Prometheus knows. */
export type MetricKind = 'gauge' | 'counter';

/**
 * What OpenTelemetry knows. An `upDownCounter` is a gauge whose sum over containers means something, as the conventions
 * have it for memory; Prometheus has one word for both.
 */
export type Instrument = 'gauge' | 'counter' | 'upDownCounter';

/** A metric as OpenTelemetry names it. Several rows may be one instrument there, distinguished by fixed attributes. */
export interface OtelMetric {
  /** From the semantic conventions for containers where they have it, else in their style. */
  readonly name: string;
  readonly instrument: Instrument;
  /** On every data point. */
  readonly attributes: Attributes;
}

/** One metric: what it is called and what it means. */
export interface Metric {
  /** The exact name on /metrics. */
  readonly name: string;
  readonly kind: MetricKind;
  /** UCUM. */
  readonly unit: string;
  readonly help: string;
  readonly otel: OtelMetric;
  /** What cAdvisor calls the same, where it has it. */
  readonly cadvisor?: string;
}

/** A row of the catalogue: a metric, and how to read it. Where it reads undefined there is no data point. */
export interface Row<Facts> extends Metric {
  readonly read: (facts: Facts) => number | undefined;
}

/** The labels that every series of a container begins with. */
export const containerLabels = ['container_name', 'compose_service', 'compose_project', 'image'] as const;

/** The labels of sums over all containers of a service and an image. */
export const sumLabels = ['compose_project', 'compose_service', 'image'] as const;

/** Receives every data point of a collection. */
export type PointSink = (metric: Metric, value: number, observation: Observation<unknown>) => void;

/**
 * What the series of a group are of: containers and sums over removed ones too, of which there may be thousands; the
 * engine; or the exporter, whose series last as long as its process.
 */
export type Subject = 'container' | 'sum' | 'engine' | 'exporter';

/** The metrics of one kind of entity. */
export interface MetricGroup {
  readonly labels: readonly string[];
  readonly subject: Subject;
  readonly metrics: readonly Metric[];
  /** Sends all data points of the group to the sink, those of one observation one after another. */
  readonly read: (input: CollectionInput, sink: PointSink) => void;
}

export function group<Facts>(
  entity: Entity<Facts>,
  rows: readonly Row<Facts>[],
  subject: Subject = subjectOf(entity.labels),
): MetricGroup {
  return {
    labels: entity.labels,
    subject,
    metrics: rows,
    read: (input, sink) => {
      for (const observation of entity.observe(input)) {
        for (const row of rows) {
          const value = row.read(observation.facts);
          if (value !== undefined) sink(row, value, observation);
        }
      }
    },
  };
}

/** Makes something once for each observation, of which all values come one after another. */
export function oncePerObservation<Made>(
  make: (observation: Observation<unknown>) => Made,
): (observation: Observation<unknown>) => Made {
  let last: { readonly observation: Observation<unknown>; readonly made: Made } | undefined;
  return (observation) => {
    if (last?.observation !== observation) last = { observation, made: make(observation) };
    return last.made;
  };
}

/** Metrics of the exporter itself. */
export function exporterGroup<Facts>(entity: Entity<Facts>, rows: readonly Row<Facts>[]): MetricGroup {
  return group(entity, rows, 'exporter');
}

/** Makes something once for each container of an input. */
export function oncePerContainer<Made>(
  make: (container: ContainerFacts, input: CollectionInput) => Made,
): (container: ContainerFacts, input: CollectionInput) => Made {
  const byInput = new WeakMap<CollectionInput, Map<ContainerFacts, Made>>();
  return (container, input) => {
    const ofInput = byInput.get(input) ?? new Map<ContainerFacts, Made>();
    byInput.set(input, ofInput);
    const made = ofInput.get(container) ?? make(container, input);
    ofInput.set(container, made);
    return made;
  };
}

function subjectOf(labels: readonly string[]): Subject {
  const hasAll = (wanted: readonly string[]): boolean => wanted.every((label) => labels.includes(label));
  if (hasAll(containerLabels)) return 'container';
  return hasAll(sumLabels) ? 'sum' : 'engine';
}

export const noAttributes: Attributes = {};

export function containerAttributes(container: ContainerFacts): Attributes {
  return {
    container_name: container.name,
    compose_service: container.composeService,
    compose_project: container.composeProject,
    image: container.image,
  };
}

/**
 * What every observation of a container has in common. Its counters begin with it, or at `countedSince` (Unix seconds) if
 * that is later.
 */
export function ofContainer(container: ContainerFacts, otelAttributes = noAttributes, countedSince?: number) {
  const { localStartedAt } = container;
  const isLater = countedSince !== undefined && countedSince > (localStartedAt ?? 0);
  return { container, startedAt: isLater ? countedSince : localStartedAt, otelAttributes };
}

/** A container at the time of the snapshot. */
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

/**
 * What there is one of, such as the engine: its series have no labels. There are none where `read` gives undefined.
 * `startedAt` as in an observation.
 */
export function unlabelled<Facts>(
  read: (input: CollectionInput) => Facts | undefined,
  startedAt?: number,
): Entity<Facts> {
  return {
    labels: [],
    *observe(input) {
      const facts = read(input);
      if (facts !== undefined) yield { facts, attributes: noAttributes, otelAttributes: noAttributes, startedAt };
    },
  };
}

export const gauge = instrument('gauge');
export const counter = instrument('counter');
export const upDown = instrument('upDownCounter');

function instrument(instrument: Instrument): (name: string, attributes?: Attributes) => OtelMetric {
  return (name, attributes = noAttributes) => ({ name, instrument, attributes });
}
